// The pre-norm decoder with rotary positions that most of today's language models are (LLaMA, arXiv 2302.13971):
// RMSNorm, grouped queries, gated feed-forward. What sets one family apart is data (rotary-decoder-config.ts).
import * as tf from '@tensorflow/tfjs-core';
import type {
  ApplyLinear,
  Batch,
  Decoded,
  DecodeInput,
  LayerCache,
  ModelFamily,
  Weights,
} from '../model-family.ts';
import { weightOf } from './adapted-linear.ts';
import { decodeBias } from './attention-masks.ts';
import { causalAttention, causalSight, type Sight } from './causal-attention.ts';
import { type Rotary, rotary, rotaryAt, rotate } from './rotary.ts';
import type { RotaryDecoder, RotaryLayer } from './rotary-decoder-config.ts';
import { rotaryLinears, rotaryWeights } from './rotary-decoder-weights.ts';
import { geluTanhGate, mergeHeads, rmsNorm, siluGate, splitHeads } from './transformer-blocks.ts';

export function rotaryDecoder(
  modelType: string,
  parseConfig: (json: unknown) => RotaryDecoder,
): ModelFamily<RotaryDecoder> {
  return {
    modelType,
    parseConfig,
    weights: rotaryWeights,
    linears: rotaryLinears,
    tokenLimit: (config) => config.positions,
    vocabularySize: (config) => config.vocabularySize,
    decoder: {
      embedding: 'model.embed_tokens.weight',
      hidden,
      project,
      outputMatrix,
      logits: (config, weights, linear, batch) =>
        project(config, weights, hidden(config, weights, linear, batch)),
      decode,
      cacheShape: ({ layers, keyHeads, headSize }) => ({ layers: layers.length, keyHeads, headSize }),
    },
  };
}

/** What scores the vocabulary, [V, d] */
function outputMatrix(config: RotaryDecoder, weights: Weights): tf.Tensor2D {
  return weightOf(weights, config.tied ? 'model.embed_tokens.weight' : 'lm_head.weight') as tf.Tensor2D;
}

/** hidden states to vocabulary scores: [N, d] -> [N, V] */
function project(config: RotaryDecoder, weights: Weights, states: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(states, outputMatrix(config, weights), false, true);
}

/** The last layer's states after the final norm: [B * T, d] */
function hidden(config: RotaryDecoder, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  const [, length] = batch.ids.shape;
  // Padding on the right comes after every real token, but the mask costs nothing and admits padding on the left.
  const places = placesOf(config, {
    rotary: ({ frequencies }) => rotary(length, frequencies),
    sight: ({ window }) => causalSight(batch.mask, window),
  });
  return runLayers(config, weights, linear, { ids: batch.ids, places, cache: [] }).hidden;
}

function decode(config: RotaryDecoder, weights: Weights, linear: ApplyLinear, input: DecodeInput): Decoded {
  const [, length] = input.ids.shape;
  const places = placesOf(config, {
    rotary: ({ frequencies }) => rotaryAt(input.positions, frequencies),
    sight: ({ window }) => ({ bias: decodeBias(input.mask, length, window) }),
  });
  return runLayers(config, weights, linear, { ids: input.ids, places, cache: input.cache });
}

/** Where the tokens of a layer's input stand, and what they see. */
interface Places {
  readonly rotary: Rotary;
  readonly sight: Sight;
}

type PlaceMakers = { readonly [part in keyof Places]: (layer: RotaryLayer) => Places[part] };

/** One a layer; layers of one kind share theirs. */
function placesOf(config: RotaryDecoder, make: PlaceMakers): Places[] {
  const rotaries = new Map<RotaryLayer['frequencies'], Rotary>();
  const sights = new Map<RotaryLayer['window'], Sight>();
  return config.layers.map((layer) => {
    const rotary = rotaries.get(layer.frequencies) ?? make.rotary(layer);
    const sight = sights.get(layer.window) ?? make.sight(layer);
    rotaries.set(layer.frequencies, rotary);
    sights.set(layer.window, sight);
    return { rotary, sight };
  });
}

interface LayersInput {
  /** int32 [B, T] */
  readonly ids: tf.Tensor2D;
  /** One a layer. */
  readonly places: readonly Places[];
  /** One a layer, or none. */
  readonly cache: readonly LayerCache[];
}

function runLayers(
  config: RotaryDecoder,
  weights: Weights,
  linear: ApplyLinear,
  input: LayersInput,
): Decoded {
  const [size, length] = input.ids.shape;
  const embeddings = tf.gather(weightOf(weights, 'model.embed_tokens.weight'), input.ids);
  let x: tf.Tensor2D = tf.reshape(embeddings, [size * length, config.hiddenSize]);
  if (config.embeddingScale !== 1) x = tf.mul(x, config.embeddingScale);
  const cache: LayerCache[] = [];
  input.places.forEach((places, layer) => {
    const prefix = `model.layers.${layer}.`;
    const norm = (rows: tf.Tensor2D, name: string) => normalise(config, weights, rows, prefix + name);
    const before = { x: norm(x, 'input_layernorm'), places, cache: input.cache[layer] };
    const attended = attention(config, weights, linear, before, `${prefix}self_attn.`);
    cache.push(attended.cache);
    if (config.gemmaNorms) {
      x = tf.add(x, norm(attended.output, 'post_attention_layernorm'));
      const fed = feedForward(config, linear, norm(x, 'pre_feedforward_layernorm'), `${prefix}mlp.`);
      x = tf.add(x, norm(fed, 'post_feedforward_layernorm'));
    } else {
      x = tf.add(x, attended.output);
      x = tf.add(x, feedForward(config, linear, norm(x, 'post_attention_layernorm'), `${prefix}mlp.`));
    }
  });
  return { hidden: normalise(config, weights, x, 'model.norm'), cache };
}

interface AttentionInput {
  /** [B * T, d] */
  readonly x: tf.Tensor2D;
  readonly places: Places;
  /** What lies before x; undefined: C = 0. */
  readonly cache: LayerCache | undefined;
}

/** The output [B * T, d], and keys and values of x as they are cached. */
function attention(
  config: RotaryDecoder,
  weights: Weights,
  linear: ApplyLinear,
  { x, places, cache }: AttentionInput,
  prefix: string,
) {
  const { heads, keyHeads, headSize } = config;
  const [batch, , length] = places.sight.bias.shape;
  const queryShape = { batch, length, heads, headSize };
  const keyShape = { batch, length, heads: keyHeads, headSize };
  const normed = (rows: tf.Tensor2D, name: string) =>
    config.queryKeyNorm ? normaliseHeads(config, weights, rows, prefix + name) : rows;
  const queries = splitHeads(normed(linear(x, `${prefix}q_proj`), 'q_norm'), queryShape);
  const q = rotate(queries, places.rotary);
  const keys = rotate(splitHeads(normed(linear(x, `${prefix}k_proj`), 'k_norm'), keyShape), places.rotary);
  const own = { keys, values: splitHeads(linear(x, `${prefix}v_proj`), keyShape) };
  const mixed = causalAttention(q, own, cache, places.sight, config.scoreScale);
  return { output: linear(mergeHeads(mixed, queryShape), `${prefix}o_proj`), cache: own };
}

/** down(activation(gate(x)) * up(x)) */
function feedForward(
  config: RotaryDecoder,
  linear: ApplyLinear,
  x: tf.Tensor2D,
  prefix: string,
): tf.Tensor2D {
  const gate = linear(x, `${prefix}gate_proj`);
  const up = linear(x, `${prefix}up_proj`);
  const gated = config.activation === 'silu' ? siluGate(gate, up) : geluTanhGate(gate, up);
  return linear(gated, `${prefix}down_proj`);
}

function normalise(config: RotaryDecoder, weights: Weights, x: tf.Tensor2D, name: string): tf.Tensor2D {
  const gain = weightOf(weights, `${name}.weight`);
  return rmsNorm(x, config.gemmaNorms ? tf.add(gain, 1) : gain, config.eps);
}

/** Each head by itself: [B * T, heads * headSize] */
function normaliseHeads(config: RotaryDecoder, weights: Weights, x: tf.Tensor2D, name: string): tf.Tensor2D {
  const heads: tf.Tensor2D = tf.reshape(x, [-1, config.headSize]);
  return tf.reshape(normalise(config, weights, heads, name), x.shape);
}
