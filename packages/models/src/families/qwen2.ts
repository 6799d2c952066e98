// qwen2: Qwen2ForCausalLM of Qwen1.5, Qwen2 and Qwen2.5 (arXiv 2407.10671). A llama with biases on queries, keys and
// values; where `use_sliding_window` is set, upper layers look back a window only.

import { layerTypes } from '../blocks/layer-types.ts';
import { rotaryDecoder } from '../blocks/rotary-decoder.ts';
import { type RotaryDecoder, type RotaryLayer, readRotaryDecoder } from '../blocks/rotary-decoder-config.ts';
import {
  asConfigObject,
  type ConfigObject,
  choiceField,
  countField,
  flagField,
  sizeOrNullField,
} from '../config-fields.ts';

export const qwen2 = rotaryDecoder('qwen2', (json): RotaryDecoder => {
  const config = asConfigObject(json);
  choiceField(config, 'hidden_act', ['silu'], 'silu');
  const decoder = readRotaryDecoder(config, { keyHeads: 32, positions: 32_768 });
  const layers = qwenLayers(config, decoder.layers);
  return { ...decoder, layers, biased: ['q_proj', 'k_proj', 'v_proj'] };
});

/** `use_sliding_window` and `max_window_layers`, the first layer with a window; or `layer_types`. */
export function qwenLayers(config: ConfigObject, layers: readonly RotaryLayer[]): RotaryLayer[] {
  const isUsed = flagField(config, 'use_sliding_window', false);
  const window = isUsed ? (sizeOrNullField(config, 'sliding_window', 4096) ?? undefined) : undefined;
  const first = countField(config, 'max_window_layers', 28);
  const types = layerTypes(config, layers.length, (layer) =>
    layer >= first ? 'sliding_attention' : 'full_attention',
  );
  return layers.map((layer, i) => (types[i] === 'sliding_attention' ? { ...layer, window } : layer));
}
