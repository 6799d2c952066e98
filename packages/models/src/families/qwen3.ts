// qwen3: Qwen3ForCausalLM (arXiv 2505.09388). A llama that normalises each head of queries and keys.

import { rotaryDecoder } from '../blocks/rotary-decoder.ts';
import { attentionRoles, type RotaryDecoder, readRotaryDecoder } from '../blocks/rotary-decoder-config.ts';
import { asConfigObject, choiceField, flagField } from '../config-fields.ts';
import { qwenLayers } from './qwen2.ts';

export const qwen3 = rotaryDecoder('qwen3', (json): RotaryDecoder => {
  const config = asConfigObject(json);
  choiceField(config, 'hidden_act', ['silu'], 'silu');
  const decoder = readRotaryDecoder(config, { keyHeads: 32, headSize: 128, positions: 32_768 });
  return {
    ...decoder,
    layers: qwenLayers(config, decoder.layers),
    biased: flagField(config, 'attention_bias', false) ? attentionRoles : [],
    queryKeyNorm: true,
  };
});
