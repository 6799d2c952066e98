// Functions of activations whose backward pass is written by hand, since the chain of kernels that differentiation
// would give keeps more and passes over it more often. Frozen tensors they use get no gradient.
import * as tf from '@tensorflow/tfjs-core';

interface WithBackward<Inputs extends readonly tf.Tensor[], Result extends tf.Tensor> {
  readonly value: Result;
  /** Kept for the backward pass; run eagerly, anything else would be gone by then. */
  readonly saved: readonly tf.Tensor[];
  /** Gradients of the inputs, in their order, from that of the value. */
  readonly backward: (dy: Result, saved: readonly tf.Tensor[]) => { readonly [I in keyof Inputs]: tf.Tensor };
}

/** `compute` applied to the inputs; its `backward` stands for their gradients. */
export function withOwnGradient<const Inputs extends readonly tf.Tensor[], Result extends tf.Tensor>(
  inputs: Inputs,
  compute: (...inputs: Inputs) => WithBackward<Inputs, Result>,
): Result {
  const run = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = given.pop() as tf.GradSaveFunc;
    const { value, saved, backward } = compute(...(given as unknown as Inputs));
    save([...saved]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => backward(dy as Result, kept) as unknown as tf.Tensor[],
    };
  });
  return run(...inputs) as Result;
}
