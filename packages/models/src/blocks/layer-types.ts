// Which layers of a model look at all of a text and which at a window of it, as config.json's `layer_types` says or
// as an older config's pattern does.
import { type ConfigObject, wrongField } from '../config-fields.ts';

const kinds = ['full_attention', 'sliding_attention'] as const;
export type LayerType = (typeof kinds)[number];

/** One a layer; `fallback` where the config lists none. */
export function layerTypes(
  config: ConfigObject,
  layers: number,
  fallback: (layer: number) => LayerType,
): LayerType[] {
  const given = config.layer_types;
  if (given === undefined || given === null) return Array.from({ length: layers }, (_, i) => fallback(i));
  const isKnown = (type: unknown): type is LayerType => kinds.some((kind) => kind === type);
  if (Array.isArray(given) && given.length === layers && given.every(isKnown)) return given;
  throw wrongField(
    'layer_types',
    given,
    `a list of num_hidden_layers (${layers}) times ${kinds.join(' or ')}`,
  );
}
