// Writes a GGUF file tensor by tensor: the header from shapes alone, then the bytes as they come, so that a file of any
// size is made in the memory of its largest tensor. It appears whole or not at all. What is in it is the caller's affair.
import { elementCount } from '@colora/tensors/tensor';
import { writeWholeStream } from '@colora/tensors/write-whole-stream';
import { encodeFields, encodeText, encodeU32, encodeU64, type GgufFields } from './gguf-values.ts';
import { type StoredForm, storedForms } from './stored-forms.ts';

export interface WrittenTensor {
  readonly name: string;
  /** As everywhere in this house: the last axis varies fastest. */
  readonly shape: readonly number[];
  readonly form: StoredForm;
}

export interface WrittenValues extends WrittenTensor {
  /** Asked once. */
  readonly values: () => Promise<Float32Array> | Float32Array;
}

const alignment = 32;

/** Bytes of a tensor, without what is put behind it. */
export function tensorBytes({ shape, form }: WrittenTensor): number {
  const { elements, bytes } = storedForms[form];
  return (elementCount(shape) / elements) * bytes;
}

/** Throws the file system's error, and what asking for values throws. */
export async function writeGguf(
  path: string,
  fields: GgufFields,
  tensors: readonly WrittenValues[],
): Promise<void> {
  await writeWholeStream(path, async (write) => {
    await write(padded(header(fields, tensors)));
    for (const tensor of tensors) {
      const bytes = storedForms[tensor.form].encode(await tensor.values());
      await write(bytes);
      await write(padding(bytes.length));
    }
  });
}

function header(fields: GgufFields, tensors: readonly WrittenTensor[]): Buffer {
  const count = Object.keys(fields).length;
  const start = [Buffer.from('GGUF'), encodeU32(3), encodeU64(tensors.length), encodeU64(count)];
  let offset = 0;
  const infos = tensors.flatMap((tensor) => {
    const { name, shape, form } = tensor;
    const sizes = [...shape].reverse(); // GGUF lists the axis that varies fastest first
    const at = offset;
    offset += tensorBytes(tensor) + padding(tensorBytes(tensor)).length;
    return [
      ...[encodeText(name), encodeU32(sizes.length), ...sizes.map(encodeU64)],
      ...[encodeU32(storedForms[form].type), encodeU64(at)],
    ];
  });
  return Buffer.concat([...start, encodeFields(fields), ...infos]);
}

const padded = (bytes: Buffer) => Buffer.concat([bytes, padding(bytes.length)]);

function padding(length: number): Uint8Array {
  return new Uint8Array((alignment - (length % alignment)) % alignment);
}
