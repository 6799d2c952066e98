// What sets a config.json of an unknown model_type apart from the nearest known family: for the error message only.
import type { ConfigObject } from '../config-fields.ts';
import { ModelError } from '../model-error.ts';
import type { ModelFamily } from '../model-family.ts';
import { isOff, saysNothing } from './known-fields.ts';
import { watchReads } from './watch-reads.ts';

const fewest = 4; // shared letters at the beginning of two names that make them near

/** "; nearest is …" and the fields that differ, or '' where no family is near. */
export function nearestFamily(
  modelType: string,
  config: ConfigObject,
  families: readonly ModelFamily[],
): string {
  const shared = (family: ModelFamily) => sharedLetters(family.modelType, modelType);
  const [near] = [...families].sort((one, other) => shared(other) - shared(one));
  if (near === undefined || shared(near) < fewest) return '';
  const read = new Set<string>();
  let refusal = '';
  try {
    watchReads(config, (watched) => near.parseConfig(watched), read);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    refusal = `; as ${near.modelType} it would be refused: ${error.message}`;
  }
  const isUnknown = (field: string) =>
    !read.has(field) && !isOff(config[field]) && !saysNothing(near.modelType, field);
  const others = Object.keys(config).filter(isUnknown);
  const unknown = refusal === '' && others.length > 0 ? `, which does not know ${others.join(', ')}` : '';
  return `; nearest is ${near.modelType}${unknown}${refusal}`;
}

function sharedLetters(one: string, other: string): number {
  const differs = [...one].findIndex((letter, i) => letter !== other[i]);
  return differs === -1 ? one.length : differs;
}
