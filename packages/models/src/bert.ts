// bert: the encoder of BertModel checkpoints (arXiv 1810.04805), names with or without the `bert.` prefix.
// Post-norm layers, learned absolute positions, one segment. Heads of pretraining are ignored.
import type { Linear } from '@colora/adapters/layouts';
import * as tf from '@tensorflow/tfjs-core';
import { weightOf } from './adapted-linear.ts';
import { paddingBias } from './attention-masks.ts';
import { asConfigObject, assertDivides, choiceField, positiveField, sizeField } from './config-fields.ts';
import type { ApplyLinear, Batch, ModelFamily, WeightSpec, Weights } from './model-family.ts';
import { attend, gelu, geluTanh, layerNorm, meanWeights, poolRows } from './transformer-blocks.ts';

const activations = { gelu, gelu_new: geluTanh, gelu_pytorch_tanh: geluTanh, relu: tf.relu<tf.Tensor2D> };
type Activation = keyof typeof activations;

export interface BertConfig {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly positions: number;
  readonly segments: number;
  readonly eps: number;
  readonly activation: Activation;
}

export const bert: ModelFamily<BertConfig> = {
  modelType: 'bert',
  parseConfig,
  weights,
  otherNames,
  linears,
  tokenLimit: (config) => config.positions,
  vocabularySize: (config) => config.vocabularySize,
  features,
  states,
  featureSize: (config) => config.hiddenSize,
};

/** Defaults are those of transformers' BertConfig. */
function parseConfig(json: unknown): BertConfig {
  const config = asConfigObject(json);
  choiceField(config, 'position_embedding_type', ['absolute'], 'absolute');
  assertDivides(config, 'num_attention_heads', 'hidden_size');
  return {
    vocabularySize: sizeField(config, 'vocab_size'),
    hiddenSize: sizeField(config, 'hidden_size'),
    intermediateSize: sizeField(config, 'intermediate_size'),
    layers: sizeField(config, 'num_hidden_layers'),
    heads: sizeField(config, 'num_attention_heads'),
    positions: sizeField(config, 'max_position_embeddings', 512),
    segments: sizeField(config, 'type_vocab_size', 2),
    eps: positiveField(config, 'layer_norm_eps', 1e-12),
    activation: choiceField(config, 'hidden_act', Object.keys(activations) as Activation[], 'gelu'),
  };
}

function linears(config: BertConfig): Linear[] {
  const { hiddenSize, intermediateSize } = config;
  const square = (name: string) => ({ name, out: hiddenSize, in: hiddenSize });
  const layers = Array.from({ length: config.layers }, (_, layer): Linear[] => {
    const prefix = `encoder.layer.${layer}.`;
    return [
      ...['query', 'key', 'value'].map((role) => square(`${prefix}attention.self.${role}`)),
      square(`${prefix}attention.output.dense`),
      { name: `${prefix}intermediate.dense`, out: intermediateSize, in: hiddenSize },
      { name: `${prefix}output.dense`, out: hiddenSize, in: intermediateSize },
    ];
  });
  return [...layers.flat(), square('pooler.dense')];
}

function weights(config: BertConfig): WeightSpec[] {
  const { hiddenSize } = config;
  const table = (name: string, rows: number) => ({
    name: `embeddings.${name}_embeddings.weight`,
    shape: [rows, hiddenSize],
  });
  const norms = Array.from({ length: config.layers }, (_, layer) => [
    `encoder.layer.${layer}.attention.output.LayerNorm`,
    `encoder.layer.${layer}.output.LayerNorm`,
  ]);
  return [
    table('word', config.vocabularySize),
    table('position', config.positions),
    table('token_type', config.segments),
    ...['embeddings.LayerNorm', ...norms.flat()].flatMap((name) => [
      { name: `${name}.weight`, shape: [hiddenSize] },
      { name: `${name}.bias`, shape: [hiddenSize] },
    ]),
    ...linears(config).flatMap(({ name, out, in: width }) => [
      { name: `${name}.weight`, shape: [out, width], optional: name === 'pooler.dense' },
      { name: `${name}.bias`, shape: [out], optional: name === 'pooler.dense' },
    ]),
  ];
}

/** The prefix of task models, and the names gamma and beta of the first checkpoints. */
function otherNames(name: string): string[] {
  const early = name
    .replace('LayerNorm.weight', 'LayerNorm.gamma')
    .replace('LayerNorm.bias', 'LayerNorm.beta');
  const names = early === name ? [] : [early];
  return [...names, ...[name, ...names].map((plain) => `bert.${plain}`)];
}

/**
 * The text's vector, [B, hiddenSize]: the pooler's output tanh(W h_first + b) where the checkpoint has a pooler,
 * else the mean of the last states over real tokens.
 */
function features(config: BertConfig, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  if (weights['pooler.dense.weight'] === undefined) {
    return poolRows(states(config, weights, linear, batch), meanWeights(batch.mask));
  }
  // The pooler looks at first tokens only: the last layer need not compute the others' states.
  const firsts = runLayers(config, weights, linear, { batch, wanted: (x) => firstRows(x, batch) });
  return tf.tanh(linear(firsts, 'pooler.dense'));
}

/** The last layer's states: [B * T, hiddenSize] */
function states(config: BertConfig, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  return runLayers(config, weights, linear, { batch, wanted: (x) => x });
}

interface LayersInput {
  readonly batch: Batch;
  /** Of the last layer's input, the rows whose states are wanted. */
  readonly wanted: (x: tf.Tensor2D) => tf.Tensor2D;
}

function runLayers(config: BertConfig, weights: Weights, linear: ApplyLinear, input: LayersInput) {
  const bias = paddingBias(input.batch.mask);
  let x = embed(config, weights, input.batch);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const wanted = layer === config.layers - 1 ? input.wanted(x) : x;
    x = encoderLayer(config, weights, linear, { x, wanted, bias, prefix: `encoder.layer.${layer}.` });
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

/** Words, positions 0 .. T - 1 and segment 0, normalised: [B * T, d] */
function embed(config: BertConfig, weights: Weights, batch: Batch): tf.Tensor2D {
  const [size, length] = batch.ids.shape;
  const width = config.hiddenSize;
  const table = (name: string) => weightOf(weights, `embeddings.${name}_embeddings.weight`) as tf.Tensor2D;
  const positions = tf.slice(table('position'), [0, 0], [length, width]);
  const segment = tf.slice(table('token_type'), [0, 0], [1, width]);
  const words = tf.gather(table('word'), batch.ids); // [B, T, d]
  const sum = tf.add(words, tf.add(positions, segment));
  return normalise(config, weights, tf.reshape(sum, [size * length, width]), 'embeddings.LayerNorm');
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

function encoderLayer(config: BertConfig, weights: Weights, linear: ApplyLinear, input: LayerInput) {
  const { x, wanted, bias, prefix } = input;
  const [batch, , , length] = bias.shape;
  const shape = { batch, length, heads: config.heads, headSize: config.hiddenSize / config.heads };
  const q = linear(wanted, `${prefix}attention.self.query`);
  const k = linear(x, `${prefix}attention.self.key`);
  const v = linear(x, `${prefix}attention.self.value`);
  const attended = linear(attend(q, k, v, bias, shape), `${prefix}attention.output.dense`);
  const middle = normalise(config, weights, tf.add(wanted, attended), `${prefix}attention.output.LayerNorm`);
  const inner = activations[config.activation](linear(middle, `${prefix}intermediate.dense`));
  const fed = linear(inner, `${prefix}output.dense`);
  return normalise(config, weights, tf.add(middle, fed), `${prefix}output.LayerNorm`);
}

function normalise(config: BertConfig, weights: Weights, x: tf.Tensor2D, name: string): tf.Tensor2D {
  return layerNorm(x, weightOf(weights, `${name}.weight`), weightOf(weights, `${name}.bias`), config.eps);
}
