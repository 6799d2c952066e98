// llama: LlamaForCausalLM of Hugging Face checkpoints (LLaMA, arXiv 2302.13971; grouped queries, arXiv 2305.13245).
// Pre-norm decoder: RMSNorm, rotary positions, SwiGLU, tied or own output embedding. Attention: rotary-attention.ts.
import type { Linear } from '@colora/adapters/layouts';
import * as tf from '@tensorflow/tfjs-core';
import { weightOf } from './adapted-linear.ts';
import { type LlamaConfig, parseLlamaConfig } from './llama-config.ts';
import type {
  ApplyLinear,
  Batch,
  Decoded,
  DecodeInput,
  LayerCache,
  ModelFamily,
  WeightSpec,
  Weights,
} from './model-family.ts';
import { type Rotary, rotary, rotaryAt, rotaryFrequencies } from './rotary.ts';
import { attention } from './rotary-attention.ts';
import { causalBias, paddingBias, rmsNorm } from './transformer-blocks.ts';

export const llama: ModelFamily<LlamaConfig> = {
  modelType: 'llama',
  parseConfig: parseLlamaConfig,
  weights,
  linears,
  tokenLimit: (config) => config.positions,
  vocabularySize: (config) => config.vocabularySize,
  hidden,
  project,
  logits: (config, weights, linear, batch) =>
    project(config, weights, hidden(config, weights, linear, batch)),
  decode,
  cacheShape: ({ layers, keyHeads, headSize }) => ({ layers, keyHeads, headSize }),
};

function linears(config: LlamaConfig): Linear[] {
  const { hiddenSize, intermediateSize, headSize } = config;
  const queries = config.heads * headSize;
  const keys = config.keyHeads * headSize;
  return Array.from({ length: config.layers }, (_, layer): Linear[] => {
    const attention = `model.layers.${layer}.self_attn.`;
    const mlp = `model.layers.${layer}.mlp.`;
    return [
      { name: `${attention}q_proj`, out: queries, in: hiddenSize },
      { name: `${attention}k_proj`, out: keys, in: hiddenSize },
      { name: `${attention}v_proj`, out: keys, in: hiddenSize },
      { name: `${attention}o_proj`, out: hiddenSize, in: queries },
      { name: `${mlp}gate_proj`, out: intermediateSize, in: hiddenSize },
      { name: `${mlp}up_proj`, out: intermediateSize, in: hiddenSize },
      { name: `${mlp}down_proj`, out: hiddenSize, in: intermediateSize },
    ];
  }).flat();
}

function weights(config: LlamaConfig): WeightSpec[] {
  const { hiddenSize, vocabularySize } = config;
  const norms = Array.from({ length: config.layers }, (_, layer) => [
    { name: `model.layers.${layer}.input_layernorm.weight`, shape: [hiddenSize] },
    { name: `model.layers.${layer}.post_attention_layernorm.weight`, shape: [hiddenSize] },
  ]);
  const hasBias = (name: string) => (name.includes('.mlp.') ? config.mlpBias : config.attentionBias);
  return [
    { name: 'model.embed_tokens.weight', shape: [vocabularySize, hiddenSize] },
    ...norms.flat(),
    ...linears(config).flatMap(({ name, out, in: width }) => [
      { name: `${name}.weight`, shape: [out, width] },
      ...(hasBias(name) ? [{ name: `${name}.bias`, shape: [out] }] : []),
    ]),
    { name: 'model.norm.weight', shape: [hiddenSize] },
    ...(config.tied ? [] : [{ name: 'lm_head.weight', shape: [vocabularySize, hiddenSize] }]),
  ];
}

/** hidden states to vocabulary scores: [N, d] -> [N, V] */
function project(config: LlamaConfig, weights: Weights, states: tf.Tensor2D): tf.Tensor2D {
  const name = config.tied ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return tf.matMul(states, weightOf(weights, name) as tf.Tensor2D, false, true);
}

/** The last layer's states after the final norm: [B * T, d] */
function hidden(config: LlamaConfig, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D {
  const [, length] = batch.ids.shape;
  const positions = rotary(length, rotaryFrequencies(config.headSize, config.theta));
  // Padding on the right comes after every real token, but the bias costs nothing and admits padding on the left.
  const bias = tf.add<tf.Tensor4D>(causalBias(length), paddingBias(batch.mask)); // [B, 1, T, T]
  return runLayers(config, weights, linear, { ids: batch.ids, positions, bias, cache: [] }).hidden;
}

function decode(config: LlamaConfig, weights: Weights, linear: ApplyLinear, input: DecodeInput): Decoded {
  const [, length] = input.ids.shape;
  const cached = input.mask.shape[1] - length;
  const positions = rotaryAt(input.positions, rotaryFrequencies(config.headSize, config.theta));
  const bias = tf.add<tf.Tensor4D>(causalBias(length, cached), paddingBias(input.mask)); // [B, 1, T, C + T]
  return runLayers(config, weights, linear, { ids: input.ids, positions, bias, cache: input.cache });
}

interface LayersInput {
  /** int32 [B, T] */
  readonly ids: tf.Tensor2D;
  readonly positions: Rotary;
  /** [B, 1, T, C + T] */
  readonly bias: tf.Tensor4D;
  /** One a layer, or none. */
  readonly cache: readonly LayerCache[];
}

function runLayers(config: LlamaConfig, weights: Weights, linear: ApplyLinear, input: LayersInput): Decoded {
  const { ids, positions, bias } = input;
  const [size, length] = ids.shape;
  const embeddings = tf.gather(weightOf(weights, 'model.embed_tokens.weight'), ids);
  let x: tf.Tensor2D = tf.reshape(embeddings, [size * length, config.hiddenSize]);
  const cache: LayerCache[] = [];
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `model.layers.${layer}.`;
    const gain = (name: string) => weightOf(weights, `${prefix}${name}.weight`);
    const normed = rmsNorm(x, gain('input_layernorm'), config.eps);
    const place = { x: normed, bias, positions, cache: input.cache[layer] };
    const attended = attention(config, linear, place, `${prefix}self_attn.`);
    cache.push(attended.cache);
    x = tf.add(x, attended.output);
    const fed = rmsNorm(x, gain('post_attention_layernorm'), config.eps);
    x = tf.add(x, feedForward(linear, fed, `${prefix}mlp.`));
  }
  return { hidden: rmsNorm(x, weightOf(weights, 'model.norm.weight'), config.eps), cache };
}

/** SwiGLU (arXiv 2002.05202): down(silu(gate(x)) * up(x)) */
function feedForward(linear: ApplyLinear, x: tf.Tensor2D, prefix: string): tf.Tensor2D {
  const gate = linear(x, `${prefix}gate_proj`);
  const gated = tf.mul<tf.Tensor2D>(tf.mul(gate, tf.sigmoid(gate)), linear(x, `${prefix}up_proj`));
  return linear(gated, `${prefix}down_proj`);
}
