// Which files of a repository make a base model: configuration, tokenizer and chat template, and the weights as
// safetensors. Checkpoints in other formats, images and training logs stay where they are.
import { otherFormat } from '@colora/models/weights/other-formats';
import { HubError } from './hub-error.ts';

export const indexFile = 'model.safetensors.index.json';
export const singleFile = 'model.safetensors';

const small = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'chat_template.json',
];

/** The files to have before any weights, of those that the repository holds. Throws HubError saying what is missing. */
export function describingFiles(id: string, held: readonly string[]): string[] {
  if (!held.includes('config.json')) throw new HubError(`${id} holds no config.json${otherFormat(held)}`);
  if (!held.includes('tokenizer.json')) {
    throw new HubError(
      `${id} holds no tokenizer.json, the only form of tokenizer that can be read; look for a copy of the model with one`,
    );
  }
  const indexed = held.includes(singleFile) ? [] : [indexFile];
  if (indexed.length > 0 && !held.includes(indexFile)) {
    throw new HubError(
      `${id} holds no weights as ${singleFile}${otherFormat(held) || '; look for a copy of the model that has them'}`,
    );
  }
  return [...small, ...indexed].filter((name) => held.includes(name));
}

/** The weight files: the single one, or the shards that the index (its text) lists. */
export function weightFiles(id: string, held: readonly string[], index: string | undefined): string[] {
  if (index === undefined) return [singleFile];
  const shards = shardsOf(index);
  const missing = shards.filter((shard) => !held.includes(shard));
  if (shards.length > 0 && missing.length === 0) return shards;
  const what =
    shards.length === 0 ? 'lists no shards' : `lists shards that are not there: ${missing.join(', ')}`;
  throw new HubError(`${id}: ${indexFile} ${what}`);
}

function shardsOf(index: string): string[] {
  try {
    const map = (JSON.parse(index) as { weight_map?: unknown }).weight_map ?? {};
    return [...new Set(Object.values(map).filter((name) => typeof name === 'string'))].sort();
  } catch {
    return [];
  }
}
