// Reads the rows of weights that a run's inputs choose out of the base model's files.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { floatsInPlace } from '@colora/tensors/tensor-bytes';
import type { ExternalTensor } from '@colora/tfjs-onnx/graph';
import type { ChosenRows } from '@colora/tfjs-onnx/passes/chosen-rows';
import { TrainingError } from '../../training-error.ts';

/** By name. Throws TrainingError `bad-tensors` where a weight has no such row, and what node:fs throws. */
export function readRows(
  chosen: readonly ChosenRows[],
  inputs: Readonly<Record<string, ArrayLike<number>>>,
  weightsFolder: string,
): Record<string, Float32Array> {
  return Object.fromEntries(
    chosen.map(({ name, tensor, places }) => [name, rowsOf(tensor, inputs[places] ?? [], weightsFolder)]),
  );
}

/** One after the other. Read as the step begins: a few milliseconds for a thousand. */
function rowsOf(tensor: ExternalTensor, places: ArrayLike<number>, weightsFolder: string): Float32Array {
  const { name, shape, dtype, file, offset, length } = tensor;
  const size = length / shape[0]!;
  const bytes = new Uint8Array(size * places.length);
  const opened = openSync(join(weightsFolder, file), 'r');
  try {
    for (let i = 0; i < places.length; i += 1) {
      const place = places[i]!;
      const isRow = place >= 0 && place < shape[0]!;
      if (!isRow || readSync(opened, bytes, i * size, size, offset + place * size) < size)
        throw new TrainingError('bad-tensors', `the weight ${name} has no row ${place}`);
    }
  } finally {
    closeSync(opened);
  }
  return floatsInPlace(dtype, bytes);
}
