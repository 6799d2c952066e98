// A language model as it is computed: the states of the places whose next token counts, scored against the vocabulary.
import { partsInBytes } from '@colora/models/output-parts';
import * as tf from '@tensorflow/tfjs-core';
import { vocabularyLoss, vocabularyScores } from '../losses/vocabulary-loss.ts';
import { decoderOf } from './model-outputs.ts';
import { type ForwardPass, intInput, type TaskProgram } from './task-program.ts';
import { placeTokens, rowsInput, weightsInput } from './token-places.ts';

const inputs: TaskProgram['lossInputs'] = (shape) => [
  rowsInput(shape),
  intInput('targets', [shape.size * shape.targets]),
  weightsInput(shape),
];

export const causalLmProgram: TaskProgram = {
  lossInputs: inputs,
  evaluationInputs: inputs,
  /** `targets` int32 [B * R], the tokens that follow the places' own. */
  targets(examples, shape) {
    const targets = new Int32Array(shape.size * shape.targets);
    const places = placeTokens(examples, shape, (place, value) => {
      targets[place] = value;
    });
    return { ...places, targets };
  },
  /** The weights of a training batch sum to one. */
  loss: (pass) =>
    vocabularyLoss(...scored(pass), pass.inputs.weights as tf.Tensor1D, partsInBytes(pass.weights)),
  /** `losses` and `hits`, sums over the weighted tokens, [B] each. */
  evaluate(pass) {
    const { size, targets } = pass.shape;
    const scores = vocabularyScores(...scored(pass));
    const sums = (values: tf.Tensor) =>
      tf.sum(tf.reshape(tf.mul(values, pass.inputs.weights!), [size, targets]), 1);
    return { losses: sums(scores.losses), hits: sums(scores.hits) };
  },
  features: null,
};

/**
 * States of the positions whose next token counts [B * R, d], and of no others, since a completion is a few tokens of a
 * text; the vocabulary's matrix [V, d] that scores them; the tokens that are right [B * R].
 */
function scored({
  base,
  weights,
  linear,
  batch,
  inputs,
}: ForwardPass): [states: tf.Tensor2D, matrix: tf.Tensor2D, tokens: tf.Tensor1D] {
  const decoder = decoderOf(base);
  const states = decoder.hidden(base.config, weights, linear, batch);
  const rows: tf.Tensor2D = tf.gather(states, inputs.rows as tf.Tensor1D);
  return [rows, decoder.outputMatrix(base.config, weights), inputs.targets as tf.Tensor1D];
}
