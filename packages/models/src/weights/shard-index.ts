// Which files hold a model's weights: one safetensors file, or shards with an index that says which of them each tensor is
// in. The tensors' places in them are weight-files.ts.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ModelError } from '../model-error.ts';
import { otherFormat } from './other-formats.ts';

const single = 'model.safetensors';
export const indexFile = 'model.safetensors.index.json';

export interface WeightFiles {
  /** `model.safetensors`, or the shards its index lists, sorted. */
  readonly names: readonly string[];
  /** Which shard the index takes a tensor from, by the tensor's name; empty where there is one file. */
  readonly shardOf: ReadonlyMap<string, string>;
}

export async function findWeightFiles(folder: string, present: ReadonlySet<string>): Promise<WeightFiles> {
  if (present.has(single)) return { names: [single], shardOf: new Map() };
  if (!present.has(indexFile)) {
    const instead = otherFormat(present);
    throw new ModelError(
      'missing-file',
      `${folder} holds no ${single} (nor ${indexFile} for shards)${instead}`,
    );
  }
  const shardOf = readIndex(await readFile(join(folder, indexFile), 'utf8'), folder);
  const names = [...new Set(shardOf.values())].sort();
  const missing = names.filter((shard) => !present.has(shard));
  if (missing.length === 0) return { names, shardOf };
  throw new ModelError('missing-file', `${folder} lacks shards that its index lists: ${missing.join(', ')}`);
}

function readIndex(text: string, folder: string): Map<string, string> {
  const wrong = () =>
    new ModelError('bad-config', `${join(folder, indexFile)} must map weights to shard file names`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong();
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) throw wrong();
  const entries = Object.entries(map);
  const inFolder = (entry: [string, unknown]): entry is [string, string] =>
    typeof entry[1] === 'string' && basename(entry[1]) === entry[1];
  if (entries.length === 0 || !entries.every(inFolder)) throw wrong(); // a path could lead out of the folder
  return new Map(entries);
}
