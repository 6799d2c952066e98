// Seeded operands for a kernel's case. For tests only.
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec } from '../trace.ts';
import type { KernelCase } from './kernel-case.ts';

export function drawOperands(
  { range = [-2, 2], integers = {} }: KernelCase,
  shapes: readonly (readonly number[])[],
  seed: number,
): { specs: InputSpec[]; feeds: Record<string, Float32Array | Int32Array> } {
  let state = seed + 1;
  const next = () => {
    // Two steps of a linear congruential generator, high bits only: neighbours in seed differ.
    for (let i = 0; i < 2; i++) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const specs: InputSpec[] = [];
  const feeds: Record<string, Float32Array | Int32Array> = {};
  shapes.forEach((shape, i) => {
    const name = `x${i}`;
    const size = tf.util.sizeFromShape([...shape]);
    const limit = integers[i];
    specs.push({ name, shape, dtype: limit === undefined ? 'float32' : 'int32' });
    feeds[name] =
      limit === undefined
        ? Float32Array.from({ length: size }, () => range[0] + next() * (range[1] - range[0]))
        : Int32Array.from({ length: size }, () => Math.floor(next() * limit));
  });
  return { specs, feeds };
}
