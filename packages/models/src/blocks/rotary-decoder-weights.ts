// The names and shapes of a rotary decoder's weights and of its linear layers, as Hugging Face checkpoints have them.
import type { Linear } from '@colora/adapters/layouts';
import type { WeightSpec } from '../model-family.ts';
import type { RotaryDecoder } from './rotary-decoder-config.ts';

export function rotaryLinears(config: RotaryDecoder): Linear[] {
  const { hiddenSize, intermediateSize, headSize } = config;
  const queries = config.heads * headSize;
  const keys = config.keyHeads * headSize;
  return config.layers.flatMap((_, layer): Linear[] => {
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
  });
}

export function rotaryWeights(config: RotaryDecoder): WeightSpec[] {
  const { hiddenSize, vocabularySize, headSize, biased } = config;
  const norms = [
    'input_layernorm',
    'post_attention_layernorm',
    ...(config.gemmaNorms ? ['pre_feedforward_layernorm', 'post_feedforward_layernorm'] : []),
  ];
  const headNorms = config.queryKeyNorm ? ['self_attn.q_norm', 'self_attn.k_norm'] : [];
  const vectors = config.layers.flatMap((_, layer) => [
    ...norms.map((name) => ({ name: `model.layers.${layer}.${name}.weight`, shape: [hiddenSize] })),
    ...headNorms.map((name) => ({ name: `model.layers.${layer}.${name}.weight`, shape: [headSize] })),
  ]);
  const hasBias = (name: string) => biased.some((role) => name.endsWith(`.${role}`));
  return [
    { name: 'model.embed_tokens.weight', shape: [vocabularySize, hiddenSize] },
    ...vectors,
    ...rotaryLinears(config).flatMap(({ name, out, in: width }) => [
      { name: `${name}.weight`, shape: [out, width] },
      ...(hasBias(name) ? [{ name: `${name}.bias`, shape: [out] }] : []),
    ]),
    { name: 'model.norm.weight', shape: [hiddenSize] },
    ...(config.tied ? [] : [{ name: 'lm_head.weight', shape: [vocabularySize, hiddenSize] }]),
  ];
}
