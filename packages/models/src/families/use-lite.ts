// use-lite: the Universal Sentence Encoder Lite (arXiv 1803.11175), a small English sentence encoder.
// Pre-norm encoder with ReLU, sinusoidal positions, mean over tokens, one tanh layer. Conversion: use-lite-package.ts.
import type { Linear } from '@colora/adapters/layouts';
import * as tf from '@tensorflow/tfjs-core';
import { weightOf } from '../blocks/adapted-linear.ts';
import { paddingBias } from '../blocks/attention-masks.ts';
import { attend, layerNorm, meanWeights, poolRows } from '../blocks/transformer-blocks.ts';
import { asConfigObject, assertDivides, layersField, positiveField, sizeField } from '../config-fields.ts';
import type { ApplyLinear, Batch, ModelFamily, WeightSpec, Weights } from '../model-family.ts';

export interface UseLiteConfig {
  readonly vocabularySize: number;
  /** Width of the embeddings and of layer 0's input (256). */
  readonly embeddingSize: number;
  /** Width from layer 0's output on (512). */
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  readonly layers: number;
  readonly positions: number;
  readonly eps: number;
}

export const useLite: ModelFamily<UseLiteConfig> = {
  modelType: 'use-lite',
  parseConfig,
  weights,
  linears,
  tokenLimit: (config) => config.positions,
  vocabularySize: (config) => config.vocabularySize,
  encoder: { features, featureSize: (config) => config.hiddenSize },
};

function parseConfig(json: unknown): UseLiteConfig {
  const config = asConfigObject(json);
  const parsed = {
    vocabularySize: sizeField(config, 'vocab_size'),
    embeddingSize: sizeField(config, 'embedding_size'),
    hiddenSize: sizeField(config, 'hidden_size'),
    intermediateSize: sizeField(config, 'intermediate_size'),
    heads: sizeField(config, 'num_attention_heads'),
    layers: layersField(config, 'num_hidden_layers'),
    positions: sizeField(config, 'max_position_embeddings'),
    eps: positiveField(config, 'layer_norm_eps'),
  };
  assertDivides(config, 'num_attention_heads', 'embedding_size');
  assertDivides(config, 'num_attention_heads', 'hidden_size');
  return parsed;
}

/** Layer 0 attends at the embeddings' width and widens on the way out. */
function inputSize(config: UseLiteConfig, layer: number): number {
  return layer === 0 ? config.embeddingSize : config.hiddenSize;
}

function linears(config: UseLiteConfig): Linear[] {
  const { hiddenSize, intermediateSize } = config;
  const layers = Array.from({ length: config.layers }, (_, layer): Linear[] => {
    const prefix = `layers.${layer}.`;
    const size = inputSize(config, layer);
    return [
      ...['q', 'k', 'v'].map((role) => ({ name: `${prefix}attn.${role}_proj`, out: size, in: size })),
      { name: `${prefix}attn.o_proj`, out: hiddenSize, in: size },
      ...(layer === 0 ? [{ name: `${prefix}residual_proj`, out: hiddenSize, in: size }] : []),
      { name: `${prefix}mlp.fc1`, out: intermediateSize, in: hiddenSize },
      { name: `${prefix}mlp.fc2`, out: hiddenSize, in: intermediateSize },
    ];
  });
  return [...layers.flat(), { name: 'pooler', out: hiddenSize, in: hiddenSize }];
}

function weights(config: UseLiteConfig): WeightSpec[] {
  const norms = Array.from({ length: config.layers }, (_, layer) => [
    ...vectorPair(`layers.${layer}.attn_norm`, inputSize(config, layer)),
    ...vectorPair(`layers.${layer}.mlp_norm`, config.hiddenSize),
  ]);
  return [
    { name: 'embed_tokens.weight', shape: [config.vocabularySize, config.embeddingSize] },
    { name: 'pos_inv_freq', shape: [config.embeddingSize / 2] },
    ...norms.flat(),
    ...linears(config).flatMap(({ name, out, in: width }) => [
      { name: `${name}.weight`, shape: [out, width] },
      { name: `${name}.bias`, shape: [out] },
    ]),
  ];
}

function vectorPair(name: string, size: number): WeightSpec[] {
  return [
    { name: `${name}.weight`, shape: [size] },
    { name: `${name}.bias`, shape: [size] },
  ];
}

/**
 * The sentence vector, at unit mean square: sqrt(d) * t / |t| with t the tanh layer's output. [B, hiddenSize]
 * The original model's embedding is t / |t|.
 */
function features(config: UseLiteConfig, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  const bias = paddingBias(batch.mask);
  const toMean = meanWeights(batch.mask);
  let x = embed(config, weights, batch);
  for (let layer = 0; layer < config.layers - 1; layer += 1) {
    x = attentionBlock(config, weights, linear, { x, bias, layer });
    x = tf.add(x, linear(feedForwardInner(config, weights, linear, x, layer), `layers.${layer}.mlp.fc2`));
  }
  // The last fc2 is linear and only its mean over tokens is used: pool its input and the residual, then apply it
  // (with its adapters) to B rows instead of B * T. Exact: the weights of the mean sum to one.
  const last = config.layers - 1;
  x = attentionBlock(config, weights, linear, { x, bias, layer: last });
  const inner = poolRows(feedForwardInner(config, weights, linear, x, last), toMean);
  const pooled = tf.add<tf.Tensor2D>(poolRows(x, toMean), linear(inner, `layers.${last}.mlp.fc2`));
  const t = tf.tanh(linear(pooled, 'pooler'));
  const inverseNorm = tf.rsqrt(tf.add(tf.sum(tf.square(t), -1, true), 1e-12));
  return tf.mul(t, tf.mul(inverseNorm, Math.sqrt(config.hiddenSize)));
}

/** 2 * embedding + [sin(p f), cos(p f)], the timing signal of "Attention is all you need". [B * T, embeddingSize] */
function embed(config: UseLiteConfig, weights: Weights, batch: Batch): tf.Tensor2D {
  const [size, length] = batch.ids.shape;
  const width = config.embeddingSize;
  const positions = tf.tensor2d(
    Array.from({ length }, (_, position) => position),
    [length, 1],
    'float32',
  );
  const angles = tf.mul(positions, tf.reshape(weightOf(weights, 'pos_inv_freq'), [1, width / 2]));
  const timing = tf.reshape(tf.concat([tf.sin(angles), tf.cos(angles)], 1), [1, length, width]);
  const tokens = tf.gather(weightOf(weights, 'embed_tokens.weight'), batch.ids); // [B, T, embeddingSize]
  return tf.reshape(tf.add(tf.mul(tokens, 2), timing), [size * length, width]);
}

interface LayerInput {
  /** [B * T, the layer's input size] */
  readonly x: tf.Tensor2D;
  /** [B, 1, 1, T] */
  readonly bias: tf.Tensor4D;
  readonly layer: number;
}

function attentionBlock(config: UseLiteConfig, weights: Weights, linear: ApplyLinear, input: LayerInput) {
  const { x, bias, layer } = input;
  const prefix = `layers.${layer}.`;
  const size = inputSize(config, layer);
  const [batch, , , length] = bias.shape;
  const shape = { batch, length, heads: config.heads, headSize: size / config.heads };
  const normed = normalise(config, weights, x, `${prefix}attn_norm`);
  const q = linear(normed, `${prefix}attn.q_proj`);
  const k = linear(normed, `${prefix}attn.k_proj`);
  const v = linear(normed, `${prefix}attn.v_proj`);
  const attended = linear(attend(q, k, v, bias, shape), `${prefix}attn.o_proj`);
  const residual = layer === 0 ? linear(x, `${prefix}residual_proj`) : x;
  return tf.add(residual, attended) as tf.Tensor2D; // [B * T, hiddenSize]
}

/** relu(fc1(norm(x))): [B * T, intermediateSize] */
function feedForwardInner(
  config: UseLiteConfig,
  weights: Weights,
  linear: ApplyLinear,
  x: tf.Tensor2D,
  layer: number,
): tf.Tensor2D {
  const normed = normalise(config, weights, x, `layers.${layer}.mlp_norm`);
  return tf.relu(linear(normed, `layers.${layer}.mlp.fc1`));
}

function normalise(config: UseLiteConfig, weights: Weights, x: tf.Tensor2D, name: string): tf.Tensor2D {
  return layerNorm(x, weightOf(weights, `${name}.weight`), weightOf(weights, `${name}.bias`), config.eps);
}
