// What a model's safetensors files hold, by their headers: the tensors, and the second names of those that two parts of
// a model share. Which of them a family needs is weight-files.ts.
import { join } from 'node:path';
import { readSafetensorsHeader } from '@colora/tensors/safetensors/safetensors-file';
import type { TensorInfo } from '@colora/tensors/safetensors/safetensors-header';
import type { WeightFiles } from './shard-index.ts';

export interface StoredTensor extends TensorInfo {
  /** File name within the folder. */
  readonly file: string;
}

export interface StoredTensors {
  /** By their names in the files. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** As the index has it. */
  readonly shardOf: WeightFiles['shardOf'];
  /** Also by a second name. */
  find(name: string): StoredTensor | undefined;
}

/**
 * A tensor that several shards hold is the one of the shard that the index names: the others are left from before.
 * Throws SafetensorsError, with the file, on one that is none or is cut off.
 */
export async function readStoredTensors(
  folder: string,
  { names, shardOf }: WeightFiles,
): Promise<StoredTensors> {
  const tensors = new Map<string, StoredTensor>();
  const secondNames = new Map<string, string>();
  for (const file of names) {
    const { tensors: infos, metadata } = await readSafetensorsHeader(join(folder, file));
    for (const info of infos)
      if ((shardOf.get(info.name) ?? file) === file) tensors.set(info.name, { ...info, file });
    for (const [name, kept] of Object.entries(metadata)) secondNames.set(name, kept);
  }
  return {
    tensors,
    shardOf,
    // safetensors' save_model stores a shared tensor once and notes its other names: {"<name>": "<name that is stored>"}
    find: (name) => tensors.get(name) ?? tensors.get(secondNames.get(name) ?? ''),
  };
}
