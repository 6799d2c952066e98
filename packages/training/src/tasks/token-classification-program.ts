// Token classification as it is computed: the head on the states of the words' first tokens, cross-entropy over the
// learner's tags.
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../losses/cross-entropy.ts';
import { tokenEncoderOf } from './model-outputs.ts';
import { type ForwardPass, floatInput, type TaskProgram } from './task-program.ts';
import { placeTokens, rowsInput, weightsInput } from './token-places.ts';

export const tokenClassificationProgram: TaskProgram = {
  lossInputs: (shape, labels) => [
    rowsInput(shape),
    floatInput('targets', [shape.size * shape.targets, labels]),
    weightsInput(shape),
  ],
  evaluationInputs: (shape) => [rowsInput(shape)],
  /** `targets` [B * R, L], one-hot, zero for a tag the learner doesn't have. */
  targets(examples, shape, labels) {
    const targets = new Float32Array(shape.size * shape.targets * labels);
    const places = placeTokens(examples, shape, (place, value) => {
      targets[place * labels + value] = 1;
    });
    return { ...places, targets };
  },
  /** The weights of a training batch sum to one. */
  loss(pass) {
    const losses = softmaxCrossEntropy(logitsOf(pass), pass.inputs.targets as tf.Tensor2D);
    return tf.sum(tf.mul(losses, pass.inputs.weights!));
  },
  evaluate: (pass) => ({ logits: logitsOf(pass) }),
  features: null,
};

/** [B * R, L] */
function logitsOf({ base, weights, linear, batch, inputs, head }: ForwardPass): tf.Tensor2D {
  const states = tokenEncoderOf(base).states(base.config, weights, linear, batch); // [B * T, F]
  return head(tf.gather(states, inputs.rows as tf.Tensor1D));
}
