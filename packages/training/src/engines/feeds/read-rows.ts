// Reads the rows of weights that a run's inputs choose out of the base model's files.
import { join } from 'node:path';
import { floatsInPlace } from '@colora/tensors/tensor-bytes';
import type { ChosenRows } from '@colora/tfjs-onnx/passes/chosen-rows';
import { TrainingError } from '../../training-error.ts';
import type { HeldFile, HeldFiles } from './held-files.ts';

export interface RowReader {
  /** By name. Throws TrainingError `bad-tensors` where a weight has no such row, and what node:fs throws. */
  read(inputs: Readonly<Record<string, ArrayLike<number>>>): Record<string, Float32Array>;
  close(): void;
}

/** Holds the weights' files until it is closed. Throws what node:fs throws, and holds none then. */
export function openRows(chosen: readonly ChosenRows[], weightsFolder: string, files: HeldFiles): RowReader {
  const held: HeldFile[] = [];
  const close = () => {
    for (const file of held) file.letGo();
  };
  try {
    for (const { tensor } of chosen) held.push(files.hold(join(weightsFolder, tensor.file)));
  } catch (error) {
    close();
    throw error;
  }
  return {
    read: (inputs) =>
      Object.fromEntries(
        chosen.map(({ name, tensor, places }, i) => [name, rowsOf(tensor, inputs[places] ?? [], held[i]!)]),
      ),
    close,
  };
}

/** One after the other. Read as the step begins: a few milliseconds for a thousand. */
function rowsOf(tensor: ChosenRows['tensor'], places: ArrayLike<number>, file: HeldFile): Float32Array {
  const { name, shape, dtype, offset, length } = tensor;
  const size = length / shape[0]!;
  const bytes = new Uint8Array(size * places.length);
  for (let i = 0; i < places.length; i += 1) {
    const place = places[i]!;
    const isRow = place >= 0 && place < shape[0]!;
    if (!isRow || file.read(bytes, i * size, size, offset + place * size) < size)
      throw new TrainingError('bad-tensors', `the weight ${name} has no row ${place}`);
  }
  return floatsInPlace(dtype, bytes);
}
