// A base model with a LoRA added into its weights, as a folder of its own in Hugging Face layout: every program that
// loads the base loads it. Weights are read, changed and written one at a time, so memory is that of the largest.
// Not here: folding a layout's paths into one LoRA (adapters/fold.ts).
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FoldedAdapter } from '@colora/adapters/fold';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { bytesPerElement, isFloatDType } from '@colora/tensors/dtype';
import { openSafetensors, type SafetensorsFile } from '@colora/tensors/safetensors/safetensors-file';
import { type PlannedTensor, tensorLength } from '@colora/tensors/safetensors/safetensors-header';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import { writeFloats } from '@colora/tensors/tensor-bytes';
import type { BaseModel } from './base-model.ts';
import { assertEmpty, assertRoom } from './new-folder.ts';
import { addDelta, weightDelta } from './weight-delta.ts';

export interface MergeRequest {
  readonly base: BaseModel;
  /** By module name; delta = B A. */
  readonly folded: ReadonlyMap<string, FoldedAdapter>;
  /** Folder to make; it must be missing or empty. */
  readonly target: string;
  /** `base`: each weight keeps its format, and what was changed is rounded to it. `f32`: nothing is rounded. */
  readonly dtype: 'base' | 'f32';
  /** Weights beyond so many bytes go into shards with an index. */
  readonly shardBytes: number;
}

interface MergedTensor extends PlannedTensor {
  readonly bytes: number;
  /** The base's file that holds it. */
  readonly file: string;
}

/** What belongs to a model beside its weights and its config. */
const companions =
  /^(tokenizer.*|special_tokens_map\.json|added_tokens\.json|generation_config\.json|chat_template\..*|vocab\.(json|txt)|merges\.txt|.*\.model|LICENSE.*|NOTICE.*)$/;

/**
 * Writes config.json, tokenizer files and weights; returns the files' names. Throws ModelError `folder-not-empty` or
 * `disk-full` before anything is written; whatever fails later leaves no folder that looks like a model.
 */
export async function writeMergedModel(request: MergeRequest): Promise<string[]> {
  const { base, target, dtype } = request;
  const files = new Map<string, SafetensorsFile>();
  try {
    for (const { file } of base.weights) {
      if (!files.has(file)) files.set(file, await openSafetensors(join(base.weightsFolder, file)));
    }
    const tensors = plan(files, dtype);
    await assertEmpty(target);
    makeFolder(target);
    await assertRoom(
      target,
      tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    try {
      return await writeFolder(request, files, tensors);
    } catch (error) {
      await Promise.all((await readdir(target)).map((name) => rm(join(target, name), { force: true })));
      throw error;
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
}

function plan(files: ReadonlyMap<string, SafetensorsFile>, dtype: MergeRequest['dtype']): MergedTensor[] {
  return [...files].flatMap(([file, { header }]) =>
    header.tensors.map((info) => {
      const kept = dtype === 'base' || !isFloatDType(info.dtype) ? info.dtype : 'F32';
      const bytes = tensorLength(info.name, kept, info.shape);
      return { name: info.name, dtype: kept, shape: info.shape, bytes, file };
    }),
  );
}

async function writeFolder(
  request: MergeRequest,
  files: ReadonlyMap<string, SafetensorsFile>,
  tensors: readonly MergedTensor[],
): Promise<string[]> {
  const { base, target, dtype, shardBytes } = request;
  const beside = (await readdir(base.folder)).filter((name) => companions.test(name));
  for (const name of beside) await copyFile(join(base.folder, name), join(target, name));
  const shards = intoShards(tensors, shardBytes);
  const weightMap: Record<string, string> = {};
  const names = shards.map((_, index) => shardName(index, shards.length));
  for (const [index, shard] of shards.entries()) {
    for (const { name } of shard) weightMap[name] = names[index]!;
    const content = bytesOf(request, files, shard);
    await writeSafetensors(join(target, names[index]!), shard, content, { format: 'pt' });
  }
  if (shards.length > 1) {
    const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
    const index = { metadata: { total_size: total }, weight_map: weightMap };
    await writeFile(join(target, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
    names.push('model.safetensors.index.json');
  }
  await writeConfig(base.folder, target, dtype); // last: without it nothing takes the folder for a model
  return ['config.json', ...names, ...beside];
}

function intoShards(tensors: readonly MergedTensor[], limit: number): MergedTensor[][] {
  const shards: MergedTensor[][] = [[]];
  let filled = 0;
  for (const tensor of tensors) {
    if (filled > 0 && filled + tensor.bytes > limit) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)!.push(tensor);
    filled += tensor.bytes;
  }
  return shards;
}

/** As transformers names them: model-00001-of-00003.safetensors */
function shardName(index: number, count: number): string {
  const five = (number: number) => String(number).padStart(5, '0');
  return count === 1 ? 'model.safetensors' : `model-${five(index + 1)}-of-${five(count)}.safetensors`;
}

function bytesOf(
  { base, folded }: MergeRequest,
  files: ReadonlyMap<string, SafetensorsFile>,
  shard: readonly MergedTensor[],
): (tensor: PlannedTensor) => Promise<Uint8Array> {
  const fileOf = new Map(shard.map(({ name, file }) => [name, file]));
  const deltaOf = new Map(
    base.weights.flatMap(({ name, storedName }) => {
      const delta = weightDelta(name, folded);
      return delta === undefined ? [] : [[storedName, delta] as const];
    }),
  );
  return async ({ name, dtype }) => {
    const file = files.get(fileOf.get(name)!)!;
    const delta = deltaOf.get(name);
    const stored = file.header.tensors.find((info) => info.name === name)!;
    if (!isFloatDType(dtype) || (delta === undefined && stored.dtype === dtype)) {
      return file.readBytes(name);
    }
    const weight = await file.read(name);
    if (delta !== undefined) addDelta(weight, delta);
    const bytes = new Uint8Array(weight.data.length * bytesPerElement(dtype));
    writeFloats(dtype, weight.data, bytes);
    return bytes;
  };
}

/** The text is kept but for the format's name: transformers tells 2.0 from 2, which a JSON object here does not. */
async function writeConfig(folder: string, target: string, dtype: MergeRequest['dtype']): Promise<void> {
  if (dtype === 'base') return copyFile(join(folder, 'config.json'), join(target, 'config.json'));
  const text = await readFile(join(folder, 'config.json'), 'utf8');
  const named = text.replace(/("(?:torch_)?dtype"\s*:\s*)"\w+"/, '$1"float32"'); // transformers 5 calls it dtype
  return writeFile(join(target, 'config.json'), named);
}
