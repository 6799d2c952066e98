// mistral: MistralForCausalLM (arXiv 2310.06825). A llama whose tokens look back a window of tokens only; later
// checkpoints set `sliding_window` to null and look back at all.

import { rotaryDecoder } from '../blocks/rotary-decoder.ts';
import { type RotaryDecoder, readRotaryDecoder } from '../blocks/rotary-decoder-config.ts';
import { asConfigObject, choiceField, sizeOrNullField } from '../config-fields.ts';

export const mistral = rotaryDecoder('mistral', (json): RotaryDecoder => {
  const config = asConfigObject(json);
  choiceField(config, 'hidden_act', ['silu'], 'silu');
  const decoder = readRotaryDecoder(config, { keyHeads: 8, positions: 131_072 });
  const window = sizeOrNullField(config, 'sliding_window', 4096) ?? undefined;
  return { ...decoder, layers: decoder.layers.map((layer) => ({ ...layer, window })) };
});
