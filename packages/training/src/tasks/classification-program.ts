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
  features: featuresOf,
};

/** [B, L] */
function logitsOf(pass: ForwardPass): tf.Tensor2D {
  return pass.head(featuresOf(pass));
}

/** [B, F] */
function featuresOf({ base, weights, linear, batch }: Omit<ForwardPass, 'head'>): tf.Tensor2D {
  return encoderOf(base).features(base.config, weights, linear, batch);
}
