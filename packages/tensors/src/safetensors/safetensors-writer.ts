// Writes a safetensors file tensor by tensor: the header first, from shapes alone, then the bytes as they come, so
// that a file of any size is made in the memory of its largest tensor. The file appears whole or not at all.
// Not here: the format's rules (safetensors.ts), values to bytes (tensor-bytes.ts).
import { writeWholeStream } from '../write-whole-stream.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { encodeHeader, type PlannedTensor, tensorLength } from './safetensors-header.ts';

/**
 * `bytesOf` is asked once for each tensor, in the order of `tensors`. Throws SafetensorsError `size-mismatch` naming
 * a tensor whose bytes are not what its shape and dtype need, and the file system's error (a full disk: ENOSPC); in
 * every such case nothing is left at `path` but what was there before.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly PlannedTensor[],
  bytesOf: (tensor: PlannedTensor) => Promise<Uint8Array>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeWholeStream(path, async (write) => {
    await write(encodeHeader(tensors, metadata));
    for (const tensor of tensors) await write(checked(tensor, await bytesOf(tensor)));
  });
}

function checked({ name, dtype, shape }: PlannedTensor, bytes: Uint8Array): Uint8Array {
  const needed = tensorLength(name, dtype, shape);
  if (bytes.byteLength === needed) return bytes;
  const message = `tensor ${name} of shape [${shape.join(', ')}] needs ${needed} bytes, ${bytes.byteLength} came`;
  throw new SafetensorsError('size-mismatch', message);
}
