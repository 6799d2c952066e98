// The vocabulary's matrix of a base model in fewer bits, in bytes: what scores the next token when a model writes, read once
// a token. Tokens are still looked up in the stored matrix; what losses score is output-parts.ts's. Kept in a file of its own
// beside the linear layers' (quantised-base.ts), since only those who write need it.
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSafetensorsHeader } from '@colora/tensors/safetensors/safetensors-file';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import { floatsInPlace } from '@colora/tensors/tensor-bytes';
import * as tf from '@tensorflow/tfjs-core';
import { type BaseModel, outputMatrix } from './base-model.ts';
import { orDiskFull } from './cache/disk-full.ts';
import { exists } from './cache/whole-file.ts';
import type { Weights } from './model-family.ts';
import { blockOf, byteBlocks } from './weights/quantise-matrix.ts';
import type { FileRange, WeightEntry } from './weights/weight-files.ts';

const file = 'output.safetensors';
const [dataName, scalesName] = ['output.bytes', 'output.scales'];

/**
 * The model with its output matrix in bytes as further weights, for `scoreInBytes`: slices of its rows of that size at most,
 * since who packs the whole at once has it twice. Written at the first call (several processes may do so at a time). A
 * base whose linear layers are not in fewer bits, or whose rows can't be cut into blocks, comes back as it is. Throws ModelError `disk-full`, or the file system's error.
 */
export async function withQuantisedOutput(base: BaseModel, sliceBytes = 32 * 2 ** 20): Promise<BaseModel> {
  const matrix = outputMatrix(base);
  const inFewerBits = base.weights.some(({ quantised }) => quantised !== undefined);
  if (matrix === undefined || !inFewerBits) return base;
  const [rows, width] = matrix.shape as [number, number];
  const block = blockOf(width);
  if (block === undefined) return base;
  const path = join(base.weightsFolder, file);
  if (!(await exists(path))) await write(join(base.weightsFolder, matrix.file), matrix, block, path);
  const { tensors } = await readSafetensorsHeader(path);
  const range = (name: string) => {
    const { offset, length } = tensors.find((tensor) => tensor.name === name)!;
    return { offset, length };
  };
  const [data, scales] = [range(dataName), range(scalesName)];
  const most = Math.max(1, Math.floor(sliceBytes / width));
  const slices = Array.from({ length: Math.ceil(rows / most) }, (_, i): WeightEntry => {
    const [start, count] = [i * most, Math.min(most, rows - i * most)];
    const part = ({ offset, length }: FileRange): FileRange => ({
      offset: offset + (start * length) / rows,
      length: (count * length) / rows,
    });
    return {
      name: sliceName(i),
      storedName: dataName,
      dtype: matrix.dtype,
      shape: [count, width],
      file,
      offset: 0,
      length: 0,
      quantised: { bits: 8, block, rows: { data: part(data), scales: part(scales) } },
    };
  });
  return { ...base, weights: [...base.weights, ...slices] };
}

const sliceName = (i: number) => `output in bytes ${i}`;

/** Whether this is a weight that `withQuantisedOutput` added. */
export function isOutputSlice({ name }: WeightEntry): boolean {
  return name.startsWith('output in bytes ');
}

/** The scores of all tokens, states [N, d] -> [N, V]; undefined where the weights hold no output matrix in bytes. */
export function scoreInBytes(weights: Weights, states: tf.Tensor2D): tf.Tensor2D | undefined {
  const scores: tf.Tensor2D[] = [];
  for (let i = 0; weights[sliceName(i)] !== undefined; i += 1) {
    scores.push(tf.matMul(states, weights[sliceName(i)] as tf.Tensor2D, false, true));
  }
  return scores.length < 2 ? scores[0] : tf.concat2d(scores, 1);
}

/** Values converted at a time. */
const piece = 2 ** 22;

/** In the memory of the bytes that are written. */
async function write(source: string, matrix: WeightEntry, block: number, path: string): Promise<void> {
  const [rows, width] = matrix.shape as [number, number];
  const data = new Uint8Array(rows * width);
  const scales = new Float32Array(data.length / block);
  const elementSize = matrix.length / data.length;
  const from = await open(source, 'r');
  try {
    const step = block * Math.ceil(piece / block);
    for (let start = 0; start < data.length; start += step) {
      const bytes = new Uint8Array(elementSize * Math.min(step, data.length - start));
      await from.read(bytes, 0, bytes.length, matrix.offset + start * elementSize);
      const made = byteBlocks(floatsInPlace(matrix.dtype, bytes), block);
      data.set(made.data, start);
      scales.set(made.scales, start / block);
    }
  } finally {
    await from.close();
  }
  const bytes = new Map([
    [dataName, data],
    [scalesName, new Uint8Array(scales.buffer)],
  ]);
  const planned = [
    { name: dataName, dtype: 'U8', shape: [rows, width / block, block] },
    { name: scalesName, dtype: 'F32', shape: [rows, width / block] },
  ] as const;
  await orDiskFull(dirname(path), planned, () =>
    writeSafetensors(path, planned, async ({ name }) => bytes.get(name)!),
  );
}
