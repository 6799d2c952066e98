// Tensor maps across the border of the worker: one buffer, moved and not copied again on the way.
import type { Tensor, TensorMap } from '@colora/tensors/tensor';

export interface PackedTensors {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  /** All values one after the other; list `values.buffer` for transfer. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Copies: the map stays with its owner, even where its tensors are views of one large file. */
export function packTensors(tensors: TensorMap): PackedTensors {
  const total = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const values = new Float32Array(total);
  let offset = 0;
  for (const { data } of tensors.values()) {
    values.set(data, offset);
    offset += data.length;
  }
  return { names: [...tensors.keys()], shapes: [...tensors.values()].map(({ shape }) => shape), values };
}

/** Tensors with buffers of their own, so that each can be kept or passed on without the others. */
export function unpackTensors({ names, shapes, values }: PackedTensors): TensorMap {
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  names.forEach((name, index) => {
    const shape = shapes[index]!;
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, data: values.slice(offset, offset + length) });
    offset += length;
  });
  return tensors;
}
