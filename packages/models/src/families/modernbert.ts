// modernbert: ModernBertModel (arXiv 2412.13663). Pre-norm encoder with rotary positions and GeGLU, without biases; most
// layers look only at their neighbourhood. One matrix holds queries, keys and values, one both halves of the GeGLU.
import type { Linear } from '@colora/adapters/layouts';
import * as tf from '@tensorflow/tfjs-core';
import { weightOf } from '../blocks/adapted-linear.ts';
import { localBias, paddingBias } from '../blocks/attention-masks.ts';
import { groupedAttention } from '../blocks/grouped-attention.ts';
import { type LayerType, layerTypes } from '../blocks/layer-types.ts';
import { type Rotary, rotary, rotate } from '../blocks/rotary.ts';
import { type Frequencies, layerFrequencies } from '../blocks/rotary-frequencies.ts';
import {
  type ActivationName,
  activationNames,
  activations,
  layerNorm,
  meanWeights,
  mergeHeads,
  poolRows,
  splitHeads,
} from '../blocks/transformer-blocks.ts';
import {
  asConfigObject,
  assertDivides,
  choiceField,
  flagField,
  layersField,
  positiveField,
  sizeField,
} from '../config-fields.ts';
import type { ApplyLinear, Batch, ModelFamily, WeightSpec, Weights } from '../model-family.ts';

interface ModernBertConfig {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly heads: number;
  readonly positions: number;
  readonly types: readonly LayerType[];
  readonly frequencies: Readonly<Record<LayerType, Frequencies>>;
  /** How far to either side a token of a local layer sees. */
  readonly reach: number;
  readonly eps: number;
  readonly activation: ActivationName;
  readonly normBias: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
}

export const modernbert: ModelFamily<ModernBertConfig> = {
  modelType: 'modernbert',
  parseConfig,
  weights,
  otherNames: (name) => [`model.${name}`],
  linears,
  tokenLimit: (config) => config.positions,
  vocabularySize: (config) => config.vocabularySize,
  encoder: {
    features: (config, weights, linear, batch) =>
      poolRows(states(config, weights, linear, batch), meanWeights(batch.mask)),
    featureSize: (config) => config.hiddenSize,
  },
  tokenEncoder: { states, stateSize: (config) => config.hiddenSize },
};

/** Defaults are those of transformers' ModernBertConfig. */
function parseConfig(json: unknown): ModernBertConfig {
  const config = asConfigObject(json);
  assertDivides(config, 'num_attention_heads', 'hidden_size');
  const hiddenSize = sizeField(config, 'hidden_size');
  const heads = sizeField(config, 'num_attention_heads');
  const every = sizeField(config, 'global_attn_every_n_layers', 3);
  const frequencies = (type: LayerType, older: readonly [string, number]) =>
    layerFrequencies(config, hiddenSize / heads, type, older);
  return {
    vocabularySize: sizeField(config, 'vocab_size'),
    hiddenSize,
    intermediateSize: sizeField(config, 'intermediate_size'),
    heads,
    positions: sizeField(config, 'max_position_embeddings', 8192),
    types: layerTypes(config, layersField(config, 'num_hidden_layers'), (layer) =>
      layer % every === 0 ? 'full_attention' : 'sliding_attention',
    ),
    frequencies: {
      full_attention: frequencies('full_attention', ['global_rope_theta', 160_000]),
      sliding_attention: frequencies('sliding_attention', ['local_rope_theta', 10_000]),
    },
    reach: Math.floor(sizeField(config, 'local_attention', 128) / 2),
    eps: positiveField(config, 'norm_eps', 1e-5),
    activation: choiceField(config, 'hidden_activation', activationNames, 'gelu'),
    normBias: flagField(config, 'norm_bias', false),
    attentionBias: flagField(config, 'attention_bias', false),
    mlpBias: flagField(config, 'mlp_bias', false),
  };
}

function linears({ types, hiddenSize, intermediateSize }: ModernBertConfig): Linear[] {
  return types.flatMap((_, layer) => [
    { name: `layers.${layer}.attn.Wqkv`, out: 3 * hiddenSize, in: hiddenSize },
    { name: `layers.${layer}.attn.Wo`, out: hiddenSize, in: hiddenSize },
    { name: `layers.${layer}.mlp.Wi`, out: 2 * intermediateSize, in: hiddenSize },
    { name: `layers.${layer}.mlp.Wo`, out: hiddenSize, in: intermediateSize },
  ]);
}

function weights(config: ModernBertConfig): WeightSpec[] {
  const { hiddenSize, vocabularySize, types } = config;
  const norms = [
    'embeddings.norm',
    ...types.slice(1).map((_, i) => `layers.${i + 1}.attn_norm`), // the first layer's input is normalised already
    ...types.map((_, layer) => `layers.${layer}.mlp_norm`),
    'final_norm',
  ];
  const hasBias = (name: string) => (name.includes('.attn.') ? config.attentionBias : config.mlpBias);
  const withBias = (name: string, shape: readonly number[], biased: boolean) => [
    { name: `${name}.weight`, shape },
    ...(biased ? [{ name: `${name}.bias`, shape: [shape[0]!] }] : []),
  ];
  return [
    { name: 'embeddings.tok_embeddings.weight', shape: [vocabularySize, hiddenSize] },
    ...norms.flatMap((name) => withBias(name, [hiddenSize], config.normBias)),
    ...linears(config).flatMap(({ name, out, in: width }) => withBias(name, [out, width], hasBias(name))),
  ];
}

/** Where the tokens of a layer's input stand, and what they see. */
interface Places {
  readonly rotary: Rotary;
  /** [B, 1, T, T], or [B, 1, 1, T] where all tokens see the same */
  readonly bias: tf.Tensor4D;
}

/** The last layer's states after the final norm: [B * T, hiddenSize] */
function states(config: ModernBertConfig, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  const [size, length] = batch.ids.shape;
  const padding = paddingBias(batch.mask);
  const places: Record<LayerType, Places> = {
    full_attention: { rotary: rotary(length, config.frequencies.full_attention), bias: padding },
    sliding_attention: {
      rotary: rotary(length, config.frequencies.sliding_attention),
      bias: tf.add(localBias(length, config.reach), padding),
    },
  };
  const norm = (rows: tf.Tensor2D, name: string) => normalise(config, weights, rows, name);
  const words = tf.gather(weightOf(weights, 'embeddings.tok_embeddings.weight'), batch.ids);
  let x = norm(tf.reshape(words, [size * length, config.hiddenSize]), 'embeddings.norm');
  config.types.forEach((type, layer) => {
    const prefix = `layers.${layer}.`;
    const normed = layer === 0 ? x : norm(x, `${prefix}attn_norm`);
    x = tf.add(x, attention(config, linear, { x: normed, size, places: places[type] }, `${prefix}attn.`));
    x = tf.add(x, feedForward(config, linear, norm(x, `${prefix}mlp_norm`), `${prefix}mlp.`));
  });
  return norm(x, 'final_norm');
}

interface AttentionInput {
  /** [B * T, d] */
  readonly x: tf.Tensor2D;
  /** B */
  readonly size: number;
  readonly places: Places;
}

function attention(config: ModernBertConfig, linear: ApplyLinear, input: AttentionInput, prefix: string) {
  const { x, size: batch, places } = input;
  const { heads, hiddenSize } = config;
  const shape = { batch, length: x.shape[0] / batch, heads, headSize: hiddenSize / heads };
  const parts: tf.Tensor2D[] = tf.split(linear(x, `${prefix}Wqkv`), 3, 1);
  const [q, keys, values] = parts.map((part) => splitHeads(part, shape)) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const own = { keys: rotate(keys, places.rotary), values };
  const rotated = rotate(q, places.rotary);
  const mixed = groupedAttention(rotated, own, undefined, places.bias, shape.headSize ** -0.5);
  return linear(mergeHeads(mixed, shape), `${prefix}Wo`);
}

/** GeGLU (arXiv 2002.05202): Wo(gelu(a) * b) with a, b the halves of Wi(x) */
function feedForward(config: ModernBertConfig, linear: ApplyLinear, x: tf.Tensor2D, prefix: string) {
  const [inner, gate] = tf.split(linear(x, `${prefix}Wi`), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return linear(tf.mul(activations[config.activation](inner), gate), `${prefix}Wo`);
}

function normalise(config: ModernBertConfig, weights: Weights, x: tf.Tensor2D, name: string): tf.Tensor2D {
  const bias = config.normBias ? weightOf(weights, `${name}.bias`) : undefined;
  return layerNorm(x, weightOf(weights, `${name}.weight`), bias, config.eps);
}
