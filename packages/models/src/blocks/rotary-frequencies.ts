// Rotary frequencies as a config.json asks for them: the base, and the scalings `linear` and `llama3`.
// Other scalings (dynamic, yarn, longrope) would compute something else and are refused by name.
import { asConfigObject, type ConfigObject, positiveField, sizeField, wrongField } from '../config-fields.ts';
import type { LayerType } from './layer-types.ts';

/** Radians a position, one for each pair of a head's dimensions. */
export type Frequencies = readonly number[];

/** base^(-2 i / headSize) for i < headSize / 2 (RoFormer, arXiv 2104.09864). */
function plainFrequencies(headSize: number, base: number): Frequencies {
  return Array.from({ length: headSize / 2 }, (_, i) => base ** ((-2 * i) / headSize));
}

/**
 * transformers 4 writes `rope_theta` beside `rope_scaling`, transformers 5 both within `rope_parameters`.
 * `defaultBase` is the family's.
 */
export function rotaryFrequencies(config: ConfigObject, headSize: number, defaultBase = 10_000): Frequencies {
  const field = isGiven(config.rope_parameters) ? 'rope_parameters' : 'rope_scaling';
  const settings = isGiven(config[field]) ? asConfigObject(config[field]) : {};
  const base = positiveField(isGiven(settings.rope_theta) ? settings : config, 'rope_theta', defaultBase);
  return scaledFrequencies(plainFrequencies(headSize, base), settings, field, config);
}

/**
 * Where layers of the two types have frequencies of their own: an object each in `rope_parameters` (transformers 5),
 * or a base of its own in the field `older` says, `rope_scaling` being for layers that look at all of a text.
 */
export function layerFrequencies(
  config: ConfigObject,
  headSize: number,
  type: LayerType,
  [older, defaultBase]: readonly [field: string, base: number],
): Frequencies {
  const nested = isGiven(config.rope_parameters) ? asConfigObject(config.rope_parameters)[type] : undefined;
  const scaling = type === 'full_attention' ? config.rope_scaling : undefined;
  const settings = isGiven(nested) ? asConfigObject(nested) : isGiven(scaling) ? asConfigObject(scaling) : {};
  const base = isGiven(settings.rope_theta)
    ? positiveField(settings, 'rope_theta')
    : positiveField(config, older, defaultBase);
  return scaledFrequencies(plainFrequencies(headSize, base), settings, 'rope_parameters', config);
}

/** `settings` holds `rope_type` (or `type`) and what belongs to it; it is the config's `field`. */
function scaledFrequencies(
  plain: Frequencies,
  settings: ConfigObject,
  field: string,
  config: ConfigObject,
): Frequencies {
  const share = settings.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
  if (share !== 1)
    throw wrongField('partial_rotary_factor', share, '1: heads that rotate only in part are not supported');
  const kind = settings.rope_type ?? settings.type ?? 'default';
  switch (kind) {
    case 'default':
      refuseUnknown(settings, field);
      return plain;
    case 'linear': {
      refuseUnknown(settings, field);
      const factor = positiveField(settings, 'factor');
      return plain.map((frequency) => frequency / factor);
    }
    case 'llama3':
      refuseUnknown(settings, field);
      return llama3Frequencies(plain, settings, config);
    default:
      throw wrongField(field, settings, 'null or of rope_type default, linear or llama3');
  }
}

/**
 * Llama 3.1 (arXiv 2407.21783; formula from its reference code): waves longer than the old context divided by
 * `low_freq_factor` are slowed down by `factor`, those shorter than it divided by `high_freq_factor` stay, and those
 * between are interpolated.
 */
function llama3Frequencies(plain: Frequencies, settings: ConfigObject, config: ConfigObject): Frequencies {
  const factor = positiveField(settings, 'factor');
  const low = positiveField(settings, 'low_freq_factor');
  const high = positiveField(settings, 'high_freq_factor');
  const before = 'original_max_position_embeddings';
  const context = isGiven(settings[before])
    ? sizeField(settings, before)
    : sizeField(config, 'max_position_embeddings');
  if (high <= low) throw wrongField('high_freq_factor', high, `above low_freq_factor (${low})`);
  return plain.map((frequency) => {
    const waves = (context * frequency) / (2 * Math.PI); // turns within the old context
    const kept = Math.min(1, Math.max(0, (waves - low) / (high - low)));
    return (1 - kept) * (frequency / factor) + kept * frequency;
  });
}

const knownSettings = [
  ...['rope_type', 'type', 'rope_theta', 'factor', 'partial_rotary_factor'],
  ...['low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'],
];

/** `attention_factor`, `mrope_section` and what else a scaling may ask for beside its frequencies. */
function refuseUnknown(settings: ConfigObject, field: string): void {
  for (const [name, value] of Object.entries(settings)) {
    if (knownSettings.includes(name) || value === null || value === false) continue;
    throw wrongField(`${field}.${name}`, value, 'left out: what it does to positions is not computed here');
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
