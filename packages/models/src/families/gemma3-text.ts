// gemma3_text: Gemma3ForCausalLM (arXiv 2503.19786), the language part of Gemma 3. Norms before and after each part,
// GeGLU, scaled embeddings; most layers look back a window only and have a rotary base of their own.

import { layerTypes } from '../blocks/layer-types.ts';
import { rotaryDecoder } from '../blocks/rotary-decoder.ts';
import { attentionRoles, type RotaryDecoder, readRotaryDecoder } from '../blocks/rotary-decoder-config.ts';
import { layerFrequencies } from '../blocks/rotary-frequencies.ts';
import {
  asConfigObject,
  choiceField,
  flagField,
  positiveField,
  refuseFields,
  sizeField,
  sizeOrNullField,
} from '../config-fields.ts';

export const gemma3Text = rotaryDecoder('gemma3_text', (json): RotaryDecoder => {
  const config = asConfigObject(json);
  refuseFields(config, ['final_logit_softcapping', 'attn_logit_softcapping', 'use_bidirectional_attention']);
  const decoder = readRotaryDecoder(config, {
    ...{ keyHeads: 4, headSize: 256, positions: 131_072 },
    ...{ tied: true, ownFrequencies: true },
  });
  const { headSize, hiddenSize } = decoder;
  // Every sixth layer looks at all; transformers 5 writes the field with an underscore.
  const pattern = sizeField(
    config,
    'sliding_window_pattern',
    sizeField(config, '_sliding_window_pattern', 6),
  );
  const types = layerTypes(config, decoder.layers.length, (layer) =>
    (layer + 1) % pattern === 0 ? 'full_attention' : 'sliding_attention',
  );
  const full = {
    frequencies: layerFrequencies(config, headSize, 'full_attention', ['rope_theta', 1e6]),
    window: undefined,
  };
  const sliding = {
    frequencies: layerFrequencies(config, headSize, 'sliding_attention', ['rope_local_base_freq', 1e4]),
    window: sizeOrNullField(config, 'sliding_window', 4096) ?? undefined,
  };
  return {
    ...decoder,
    layers: types.map((type) => (type === 'full_attention' ? full : sliding)),
    activation: choiceField(config, 'hidden_activation', ['gelu_pytorch_tanh'], 'gelu_pytorch_tanh'),
    biased: flagField(config, 'attention_bias', false) ? attentionRoles : [],
    queryKeyNorm: true,
    scoreScale: positiveField(config, 'query_pre_attn_scalar', 256) ** -0.5,
    embeddingScale: hiddenSize ** 0.5,
    gemmaNorms: true,
  };
});
