// Head rows as a program wants them: the tensors `head/<label>` [F + 1] stacked into weights [L, F] and biases [L],
// and gradients of those taken apart again.
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import type { Outputs } from '../engines/engine.ts';

interface StackedHead {
  /** [L, F] */
  readonly weight: Float32Array;
  /** [L] */
  readonly bias: Float32Array;
}

export function stackRows(tensors: TensorMap, names: readonly string[], featureSize: number): StackedHead {
  const weight = new Float32Array(names.length * featureSize);
  const bias = new Float32Array(names.length);
  names.forEach((name, label) => {
    const row = tensors.get(name)!.data;
    weight.set(row.subarray(0, featureSize), label * featureSize);
    bias[label] = row[featureSize]!;
  });
  return { weight, bias };
}

/** The rows of two stacked outputs by the names of their tensors. */
export function unstackRows(
  outputs: Outputs,
  prefix: string,
  names: readonly string[],
  featureSize: number,
): [string, Tensor][] {
  const weight = outputs[`${prefix}weight`]!.data;
  const bias = outputs[`${prefix}bias`]!.data;
  return names.map((name, label) => {
    const data = new Float32Array(featureSize + 1);
    data.set(weight.subarray(label * featureSize, (label + 1) * featureSize));
    data[featureSize] = bias[label]!;
    return [name, { shape: [featureSize + 1], data }];
  });
}
