// What a test case of a kernel is, and the means to write them briefly. The cases are in cases/.
import * as tf from '@tensorflow/tfjs-core';

export type T = tf.Tensor;

export interface KernelCase {
  readonly kernel: string;
  /** Shapes of the operands, one list a variant. */
  readonly shapes: readonly (readonly (readonly number[])[])[];
  readonly call: (...operands: T[]) => T | T[];
  /** Eager counterpart, where the cpu backend hasn't the kernel. */
  readonly reference?: (...operands: T[]) => T | T[];
  /** Operands are drawn from here; [-2, 2) by default. */
  readonly range?: readonly [number, number];
  /** Operands that are int32, drawn from 0 .. n-1. */
  readonly integers?: Readonly<Record<number, number>>;
  /** No gradient to check: flat, integer, or none in tfjs. */
  readonly flat?: true;
}

export const one = [[[2, 3]], [[]], [[1, 4, 1]]] as const;
export const two = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], []],
  [[3], [2, 1]],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [[], []],
] as const;
export const matrix = [[[3, 4]]] as const;

export const unary = (kernel: string, call: (x: T) => T, more: Partial<KernelCase> = {}): KernelCase => ({
  kernel,
  shapes: one,
  call: (x) => call(x!),
  ...more,
});
export const binary = (
  kernel: string,
  call: (a: T, b: T) => T,
  more: Partial<KernelCase> = {},
): KernelCase => ({
  kernel,
  shapes: two,
  call: (a, b) => call(a!, b!),
  ...more,
});
export const positive = { range: [0.3, 3] } as const;
export const flat = { flat: true } as const;
export const run = (kernel: string, inputs: object, attributes: object = {}): T | T[] =>
  tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
export const bools = (x: T) => tf.greater(x, 0);
export const int = (x: T) => tf.cast(x, 'int32');

export const cube = [[[2, 3, 4]], [[1, 3, 1]]] as const;
