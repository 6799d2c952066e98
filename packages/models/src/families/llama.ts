// llama: LlamaForCausalLM (arXiv 2302.13971; grouped queries and rope scaling of Llama 3, arXiv 2407.21783), which
// SmolLM2 and many others are too.

import { rotaryDecoder } from '../blocks/rotary-decoder.ts';
import {
  attentionRoles,
  feedForwardRoles,
  type RotaryDecoder,
  readRotaryDecoder,
} from '../blocks/rotary-decoder-config.ts';
import { asConfigObject, choiceField, flagField } from '../config-fields.ts';

export const llama = rotaryDecoder('llama', (json): RotaryDecoder => {
  const config = asConfigObject(json);
  choiceField(config, 'hidden_act', ['silu'], 'silu');
  return {
    ...readRotaryDecoder(config, { positions: 2048 }),
    biased: [
      ...(flagField(config, 'attention_bias', false) ? attentionRoles : []),
      ...(flagField(config, 'mlp_bias', false) ? feedForwardRoles : []),
    ],
  };
});
