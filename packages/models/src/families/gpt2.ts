// gpt2: GPT2LMHeadModel of OpenAI's GPT-2. Pre-norm decoder with LayerNorm, learned positions, one matrix for queries,
// keys and values; its matrices lie [in, out] in the checkpoint (linear-weight.ts).
import type { Linear } from '@colora/adapters/layouts';
import * as tf from '@tensorflow/tfjs-core';
import { weightOf } from '../blocks/adapted-linear.ts';
import { decodeBias, tokenPlaces } from '../blocks/attention-masks.ts';
import { causalAttention, causalSight, type Sight } from '../blocks/causal-attention.ts';
import {
  type ActivationName,
  activationNames,
  activations,
  layerNorm,
  mergeHeads,
  splitHeads,
} from '../blocks/transformer-blocks.ts';
import {
  asConfigObject,
  assertDivides,
  choiceField,
  flagField,
  layersField,
  positiveField,
  refuseFields,
  sizeField,
  wrongField,
} from '../config-fields.ts';
import type {
  ApplyLinear,
  Batch,
  Decoded,
  DecodeInput,
  LayerCache,
  ModelFamily,
  WeightSpec,
  Weights,
} from '../model-family.ts';
import { storedWeightName, transposedWeightName } from '../weights/linear-weight.ts';

export interface Gpt2Config {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly positions: number;
  readonly eps: number;
  readonly activation: ActivationName;
  /** The output embedding is the input embedding. */
  readonly tied: boolean;
}

export const gpt2: ModelFamily<Gpt2Config> = {
  modelType: 'gpt2',
  parseConfig,
  weights,
  otherNames,
  linears,
  tokenLimit: (config) => config.positions,
  vocabularySize: (config) => config.vocabularySize,
  decoder: {
    embedding: 'wte.weight',
    hidden,
    project,
    outputMatrix,
    logits: (config, weights, linear, batch) =>
      project(config, weights, hidden(config, weights, linear, batch)),
    decode,
    cacheShape: ({ layers, heads, hiddenSize }) => ({
      layers,
      keyHeads: heads,
      headSize: hiddenSize / heads,
    }),
  },
};

/** Defaults are those of transformers' GPT2Config. */
function parseConfig(json: unknown): Gpt2Config {
  const config = asConfigObject(json);
  refuseFields(config, ['scale_attn_by_inverse_layer_idx', 'add_cross_attention']);
  const hiddenSize = sizeField(config, 'n_embd', 768);
  const heads = sizeField(config, 'n_head', 12);
  assertDivides({ n_embd: hiddenSize, n_head: heads }, 'n_head', 'n_embd');
  if (!flagField(config, 'scale_attn_weights', true))
    throw wrongField('scale_attn_weights', false, 'true or left out');
  return {
    vocabularySize: sizeField(config, 'vocab_size', 50_257),
    hiddenSize,
    intermediateSize: sizeField(config, 'n_inner', 4 * hiddenSize),
    layers: layersField(config, 'n_layer', 12),
    heads,
    positions: sizeField(config, 'n_positions', 1024),
    eps: positiveField(config, 'layer_norm_epsilon', 1e-5),
    activation: choiceField(config, 'activation_function', activationNames, 'gelu_new'),
    tied: flagField(config, 'tie_word_embeddings', true),
  };
}

function linears({ layers, hiddenSize, intermediateSize }: Gpt2Config): Linear[] {
  return Array.from({ length: layers }, (_, layer): Linear[] => [
    { name: `h.${layer}.attn.c_attn`, out: 3 * hiddenSize, in: hiddenSize },
    { name: `h.${layer}.attn.c_proj`, out: hiddenSize, in: hiddenSize },
    { name: `h.${layer}.mlp.c_fc`, out: intermediateSize, in: hiddenSize },
    { name: `h.${layer}.mlp.c_proj`, out: hiddenSize, in: intermediateSize },
  ]).flat();
}

function weights(config: Gpt2Config): WeightSpec[] {
  const { vocabularySize, hiddenSize } = config;
  const norms = Array.from({ length: config.layers }, (_, layer) => [`h.${layer}.ln_1`, `h.${layer}.ln_2`]);
  return [
    { name: 'wte.weight', shape: [vocabularySize, hiddenSize] },
    { name: 'wpe.weight', shape: [config.positions, hiddenSize] },
    ...[...norms.flat(), 'ln_f'].flatMap((name) => [
      { name: `${name}.weight`, shape: [hiddenSize] },
      { name: `${name}.bias`, shape: [hiddenSize] },
    ]),
    ...linears(config).flatMap(({ name, out, in: width }) => [
      { name: transposedWeightName(name), shape: [width, out] },
      { name: `${name}.bias`, shape: [out] },
    ]),
    ...(config.tied ? [] : [{ name: 'lm_head.weight', shape: [vocabularySize, hiddenSize] }]),
  ];
}

/** Checkpoints of the whole language model put `transformer.` before the names. */
function otherNames(name: string): string[] {
  const stored = storedWeightName(name);
  return [...(stored === name ? [] : [stored]), `transformer.${stored}`];
}

/** What scores the vocabulary, [V, d] */
function outputMatrix(config: Gpt2Config, weights: Weights): tf.Tensor2D {
  return weightOf(weights, config.tied ? 'wte.weight' : 'lm_head.weight') as tf.Tensor2D;
}

/** hidden states to vocabulary scores: [N, d] -> [N, V] */
function project(config: Gpt2Config, weights: Weights, states: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(states, outputMatrix(config, weights), false, true);
}

/** The last layer's states after the final norm: [B * T, d]. Positions count real tokens, wherever the padding is. */
function hidden(config: Gpt2Config, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  const positions = tokenPlaces(batch.mask);
  const sight = causalSight(batch.mask);
  return runLayers(config, weights, linear, { ids: batch.ids, positions, sight, cache: [] }).hidden;
}

function decode(config: Gpt2Config, weights: Weights, linear: ApplyLinear, input: DecodeInput): Decoded {
  const { ids, positions, cache } = input;
  const sight = { bias: decodeBias(input.mask, ids.shape[1]) };
  return runLayers(config, weights, linear, { ids, positions, sight, cache });
}

interface LayersInput {
  /** int32 [B, T] */
  readonly ids: tf.Tensor2D;
  /** int32 [B, T] */
  readonly positions: tf.Tensor2D;
  readonly sight: Sight;
  /** One a layer, or none. */
  readonly cache: readonly LayerCache[];
}

function runLayers(config: Gpt2Config, weights: Weights, linear: ApplyLinear, input: LayersInput): Decoded {
  const { ids, positions, sight } = input;
  const [size, length] = ids.shape;
  const words = tf.gather(weightOf(weights, 'wte.weight'), ids);
  const embeddings = tf.add(words, tf.gather(weightOf(weights, 'wpe.weight'), positions));
  const norm = (rows: tf.Tensor2D, name: string) => normalise(config, weights, rows, name);
  let x: tf.Tensor2D = tf.reshape(embeddings, [size * length, config.hiddenSize]);
  const cache: LayerCache[] = [];
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `h.${layer}.`;
    const place = { x: norm(x, `${prefix}ln_1`), sight, cache: input.cache[layer] };
    const attended = attention(config, linear, place, `${prefix}attn.`);
    cache.push(attended.cache);
    x = tf.add(x, attended.output);
    const inner = linear(norm(x, `${prefix}ln_2`), `${prefix}mlp.c_fc`);
    x = tf.add(x, linear(activations[config.activation](inner), `${prefix}mlp.c_proj`));
  }
  return { hidden: norm(x, 'ln_f'), cache };
}

interface AttentionInput {
  /** [B * T, d] */
  readonly x: tf.Tensor2D;
  readonly sight: Sight;
  /** What lies before x; undefined: C = 0. */
  readonly cache: LayerCache | undefined;
}

/** The output [B * T, d], and keys and values of x as they are cached. */
function attention(config: Gpt2Config, linear: ApplyLinear, input: AttentionInput, prefix: string) {
  const { x, sight, cache } = input;
  const [batch, , length] = sight.bias.shape;
  const headSize = config.hiddenSize / config.heads;
  const shape = { batch, length, heads: config.heads, headSize };
  const parts: tf.Tensor2D[] = tf.split(linear(x, `${prefix}c_attn`), 3, 1);
  const [q, keys, values] = parts.map((part) => splitHeads(part, shape)) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const own = { keys, values };
  const mixed = causalAttention(q, own, cache, sight, headSize ** -0.5);
  return { output: linear(mergeHeads(mixed, shape), `${prefix}c_proj`), cache: own };
}

function normalise(config: Gpt2Config, weights: Weights, x: tf.Tensor2D, name: string): tf.Tensor2D {
  return layerNorm(x, weightOf(weights, `${name}.weight`), weightOf(weights, `${name}.bias`), config.eps);
}
