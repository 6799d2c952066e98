// Classification as it is computed: the head on one vector a text, cross-entropy over the learner's labels.
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../losses/cross-entropy.ts';
import { encoderOf } from './model-outputs.ts';
import { type ForwardPass, floatInput, type TaskProgram } from './task-program.ts';

export const classificationProgram: TaskProgram = {
  lossInputs: ({ size }, labels) => [floatInput('targets', [size, labels])],
  evaluationInputs: () => [],
  /** `targets` [B, L], one-hot, zero for a label the learner doesn't have. */
  targets(examples, _, labels) {
    const targets = new Float32Array(examples.length * labels);
    examples.forEach(({ label }, row) => {
      if (label >= 0) targets[row * labels + label] = 1;
    });
    return { targets };
  },
  loss: (pass) => tf.mean(softmaxCrossEntropy(logitsOf(pass), pass.inputs.targets as tf.Tensor2D)),
  evaluate: (pass) => ({ logits: logitsOf(pass) }),
};

/** [B, L] */
function logitsOf({ base, weights, linear, batch, head }: ForwardPass): tf.Tensor2D {
  return head(encoderOf(base).features(base.config, weights, linear, batch));
}
