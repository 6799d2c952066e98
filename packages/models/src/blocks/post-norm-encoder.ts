// The encoder that BERT began (arXiv 1810.04805): post-norm layers, learned absolute positions, one segment. What sets
// one family apart is data (post-norm-encoder-config.ts). Heads of pretraining are ignored.
import * as tf from '@tensorflow/tfjs-core';
import type { ApplyLinear, Batch, ModelFamily, Weights } from '../model-family.ts';
import { weightOf } from './adapted-linear.ts';
import { paddingBias } from './attention-masks.ts';
import type { PostNormEncoder } from './post-norm-encoder-config.ts';
import { encoderLinears, encoderNames, encoderWeights, poolerModule } from './post-norm-encoder-weights.ts';
import { activations, attend, layerNorm, meanWeights, poolRows } from './transformer-blocks.ts';

/** `prefix` is what checkpoints of task models put before the names. */
export function postNormEncoder(
  modelType: string,
  prefix: string,
  parseConfig: (json: unknown) => PostNormEncoder,
): ModelFamily<PostNormEncoder> {
  return {
    modelType,
    parseConfig,
    weights: encoderWeights,
    otherNames: (name) => encoderNames(name, prefix),
    linears: encoderLinears,
    tokenLimit: (config) => config.positions - config.firstPosition,
    vocabularySize: (config) => config.vocabularySize,
    encoder: { features, featureSize: (config) => config.hiddenSize },
    tokenEncoder: { states, stateSize: (config) => config.hiddenSize },
  };
}

/**
 * The text's vector, [B, hiddenSize]: the pooler's output tanh(W h_first + b) where the checkpoint has a pooler,
 * else the mean of the last states over real tokens.
 */
function features(config: PostNormEncoder, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  if (weights[`${poolerModule}.weight`] === undefined) {
    return poolRows(states(config, weights, linear, batch), meanWeights(batch.mask));
  }
  // The pooler looks at first tokens only: the last layer need not compute the others' states.
  const firsts = runLayers(config, weights, linear, { batch, wanted: (x) => firstRows(x, batch) });
  return tf.tanh(linear(firsts, poolerModule));
}

/** The last layer's states: [B * T, hiddenSize] */
function states(config: PostNormEncoder, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  return runLayers(config, weights, linear, { batch, wanted: (x) => x });
}

interface LayersInput {
  readonly batch: Batch;
  /** Of the last layer's input, the rows whose states are wanted. */
  readonly wanted: (x: tf.Tensor2D) => tf.Tensor2D;
}

function runLayers(config: PostNormEncoder, weights: Weights, linear: ApplyLinear, input: LayersInput) {
  const bias = paddingBias(input.batch.mask);
  let x = embed(config, weights, input.batch);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const wanted = layer === config.layers - 1 ? input.wanted(x) : x;
    x = encoderLayer(config, weights, linear, { x, wanted, bias, prefix: `${config.stem}.${layer}.` });
  }
  return x;
}

/** [B * T, d] -> [B, d], each text's first token. */
function firstRows(x: tf.Tensor2D, batch: Batch): tf.Tensor2D {
  const [size, length] = batch.ids.shape;
  const width = x.shape[1];
  const first = tf.slice(tf.reshape(x, [size, length, width]), [0, 0, 0], [size, 1, width]);
  return tf.reshape(first, [size, width]);
}

/** Words, positions and the first segment, normalised: [B * T, d] */
function embed(config: PostNormEncoder, weights: Weights, batch: Batch): tf.Tensor2D {
  const [size, length] = batch.ids.shape;
  const { hiddenSize: width, firstPosition } = config;
  const table = (name: string) => weightOf(weights, `embeddings.${name}_embeddings.weight`) as tf.Tensor2D;
  const positions = tf.slice(table('position'), [firstPosition, 0], [length, width]);
  const added =
    config.segments > 0 ? tf.add(positions, tf.slice(table('token_type'), [0, 0], [1, width])) : positions;
  const words = tf.gather(table('word'), batch.ids); // [B, T, d]
  const sum: tf.Tensor2D = tf.reshape(tf.add(words, added), [size * length, width]);
  return normalise(config, weights, sum, 'embeddings.LayerNorm');
}

interface LayerInput {
  /** [B * T, d] */
  readonly x: tf.Tensor2D;
  /** The rows of x whose states are wanted: all of them, or [B, d]. */
  readonly wanted: tf.Tensor2D;
  /** [B, 1, 1, T] */
  readonly bias: tf.Tensor4D;
  readonly prefix: string;
}

function encoderLayer(config: PostNormEncoder, weights: Weights, linear: ApplyLinear, input: LayerInput) {
  const { x, wanted, bias, prefix } = input;
  const { names } = config;
  const [batch, , , length] = bias.shape;
  const shape = { batch, length, heads: config.heads, headSize: config.hiddenSize / config.heads };
  const q = linear(wanted, prefix + names.query);
  const k = linear(x, prefix + names.key);
  const v = linear(x, prefix + names.value);
  const attended = linear(attend(q, k, v, bias, shape), prefix + names.attended);
  const middle = normalise(config, weights, tf.add(wanted, attended), prefix + names.attendedNorm);
  const inner = activations[config.activation](linear(middle, prefix + names.inner));
  const fed = linear(inner, prefix + names.outer);
  return normalise(config, weights, tf.add(middle, fed), prefix + names.outerNorm);
}

function normalise(config: PostNormEncoder, weights: Weights, x: tf.Tensor2D, name: string): tf.Tensor2D {
  return layerNorm(x, weightOf(weights, `${name}.weight`), weightOf(weights, `${name}.bias`), config.eps);
}
