// The weights of a planned checkpoint as one safetensors file: read, dequantised and put back in order one by one, so
// that a large model converts in the memory of its largest tensor.
import { bytesPerElement } from '@colora/tensors/dtype';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import { elementCount } from '@colora/tensors/tensor';
import { floatsInPlace, writeFloats } from '@colora/tensors/tensor-bytes';
import type { PlannedWeight } from './checkpoint-plan.ts';
import type { GgufFile } from './gguf-file.ts';
import { restored } from './restore-values.ts';

export type OnProgress = (done: number, total: number) => void;

/** Bytes of the values. */
export function weightBytes(weights: readonly PlannedWeight[]): number {
  return weights.reduce((sum, { shape, dtype }) => sum + elementCount(shape) * bytesPerElement(dtype), 0);
}

/** Throws the file system's error, or ModelError `bad-gguf` where the GGUF file became shorter. */
export async function writeWeights(
  source: GgufFile,
  weights: readonly PlannedWeight[],
  path: string,
  onProgress: OnProgress,
): Promise<void> {
  const byName = new Map(weights.map((weight) => [weight.name, weight]));
  const total = weightBytes(weights);
  let done = 0;
  const bytesOf = async ({ name }: { readonly name: string }) => {
    const weight = byName.get(name)!;
    const bytes = valuesOf(weight, await source.read(weight.source));
    done += bytes.length;
    onProgress(done, total);
    return bytes;
  };
  await writeSafetensors(path, weights, bytesOf, { format: 'pt' });
}

/** The tensor's stored bytes as the safetensors file has them. */
function valuesOf(
  { source: { format, shape }, undo, dtype }: PlannedWeight,
  stored: Uint8Array<ArrayBuffer>,
): Uint8Array {
  if (undo === undefined && format.dequantise === undefined) return stored;
  if (dtype !== 'F32') {
    const moved = restored(new Uint16Array(stored.buffer), shape, undo!);
    return new Uint8Array(moved.buffer);
  }
  let values: Float32Array;
  if (format.dequantise === undefined) values = floatsInPlace(format.storedAs, stored);
  else {
    values = new Float32Array(elementCount(shape));
    format.dequantise(stored, values);
  }
  if (undo !== undefined) values = restored(values, shape, undo);
  const bytes = new Uint8Array(values.byteLength);
  writeFloats('F32', values, bytes);
  return bytes;
}
