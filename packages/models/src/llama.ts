// llama: LlamaForCausalLM of Hugging Face checkpoints (LLaMA, arXiv 2302.13971; grouped queries, arXiv 2305.13245).
// Pre-norm decoder: RMSNorm, rotary positions, SwiGLU, tied or own output embedding. No cache, no generation.
import type { Linear } from '@colora/adapters/layouts';
import * as tf from '@tensorflow/tfjs-core';
import { weightOf } from './adapted-linear.ts';
import { type LlamaConfig, parseLlamaConfig } from './llama-config.ts';
import type { ApplyLinear, Batch, ModelFamily, WeightSpec, Weights } from './model-family.ts';
import { type Rotary, rotary, rotate } from './rotary.ts';
import { causalBias, mergeHeads, paddingBias, rmsNorm, splitHeads } from './transformer-blocks.ts';

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
  const [size, length] = batch.ids.shape;
  const positions = rotary(length, config.headSize, config.theta);
  // Padding on the right comes after every real token, but the bias costs nothing and admits padding on the left.
  const bias = tf.add<tf.Tensor4D>(causalBias(length), paddingBias(batch.mask)); // [B, 1, T, T]
  const embeddings = tf.gather(weightOf(weights, 'model.embed_tokens.weight'), batch.ids);
  let x: tf.Tensor2D = tf.reshape(embeddings, [size * length, config.hiddenSize]);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `model.layers.${layer}.`;
    const gain = (name: string) => weightOf(weights, `${prefix}${name}.weight`);
    const attended = rmsNorm(x, gain('input_layernorm'), config.eps);
    x = tf.add(x, attention(config, linear, { x: attended, bias, positions }, `${prefix}self_attn.`));
    const fed = rmsNorm(x, gain('post_attention_layernorm'), config.eps);
    x = tf.add(x, feedForward(linear, fed, `${prefix}mlp.`));
  }
  return rmsNorm(x, weightOf(weights, 'model.norm.weight'), config.eps);
}

interface AttentionInput {
  /** [B * T, d] */
  readonly x: tf.Tensor2D;
  /** [B, 1, T, T] */
  readonly bias: tf.Tensor4D;
  readonly positions: Rotary;
}

/**
 * Grouped-query attention. The G query heads of a key head are laid below each other, [B, keyHeads, G * T, headSize],
 * so that one product serves them all and keys and values are never repeated.
 */
function attention(config: LlamaConfig, linear: ApplyLinear, input: AttentionInput, prefix: string) {
  const { x, bias, positions } = input;
  const { heads, keyHeads, headSize } = config;
  const [batch, , length] = bias.shape;
  const queryShape = { batch, length, heads, headSize };
  const keyShape = { batch, length, heads: keyHeads, headSize };
  const q = rotate(splitHeads(linear(x, `${prefix}q_proj`), queryShape), positions);
  const k = rotate(splitHeads(linear(x, `${prefix}k_proj`), keyShape), positions);
  const v = splitHeads(linear(x, `${prefix}v_proj`), keyShape);
  const rows = (heads / keyHeads) * length;
  const grouped = tf.reshape(tf.mul(q, headSize ** -0.5), [batch, keyHeads, rows, headSize]);
  const scores = tf.reshape(tf.matMul(grouped, k, false, true), [batch, heads, length, length]);
  const probabilities = tf.reshape(tf.softmax(tf.add(scores, bias)), [batch, keyHeads, rows, length]);
  const mixed = tf.reshape(tf.matMul(probabilities, v), [batch, heads, length, headSize]);
  return linear(mergeHeads(mixed as tf.Tensor4D, queryShape), `${prefix}o_proj`);
}

/** SwiGLU (arXiv 2002.05202): down(silu(gate(x)) * up(x)) */
function feedForward(linear: ApplyLinear, x: tf.Tensor2D, prefix: string): tf.Tensor2D {
  const gate = linear(x, `${prefix}gate_proj`);
  const gated = tf.mul<tf.Tensor2D>(tf.mul(gate, tf.sigmoid(gate)), linear(x, `${prefix}up_proj`));
  return linear(gated, `${prefix}down_proj`);
}
