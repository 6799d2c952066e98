// Opening a base model's folder: which family it is, whether all of its weights are there, what its fingerprint is.
// No values of weights are read here (only headers and, for the fingerprint, bytes), and no tokenizer is built.
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Linear } from '@colora/adapters/layouts';
import { elementCount } from '@colora/tensors/tensor';
import { readModelConfig } from './families/read-model-config.ts';
import { ModelError } from './model-error.ts';
import type { ModelFamily } from './model-family.ts';
import { fingerprint } from './weights/fingerprint.ts';
import { assertFetched } from './weights/lfs-pointers.ts';
import { linearWeight } from './weights/linear-weight.ts';
import { otherFormat } from './weights/other-formats.ts';
import { realWeightFiles } from './weights/real-weight-files.ts';
import { findWeightFiles } from './weights/shard-index.ts';
import { readStoredTensors } from './weights/stored-tensors.ts';
import { assertTied, outputEmbedding } from './weights/tied-embedding.ts';
import { assertAllUsed } from './weights/unused-tensors.ts';
import { locateWeights, type WeightEntry } from './weights/weight-files.ts';

export interface BaseModel {
  /** Absolute path. */
  readonly folder: string;
  readonly modelType: string;
  readonly family: ModelFamily;
  /** The family's parsed config; pass it to the family's functions. */
  readonly config: unknown;
  readonly weights: readonly WeightEntry[];
  /** Absolute path of the folder that the weights' file names are meant from: see real-weight-files.ts. */
  readonly weightsFolder: string;
  /** The adaptable modules whose weights this checkpoint holds. */
  readonly linears: readonly Linear[];
  /** Of config and weights, and of tokenizer and chat template (fingerprint.ts). */
  readonly fingerprint: string;
  /** Path of tokenizer.json. */
  readonly tokenizerPath: string;
}

/** Numbers that it consists of. */
export function parameterCount({ weights }: Pick<BaseModel, 'weights'>): number {
  return weights.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** The vocabulary's matrix, as it is stored; undefined for a model that writes nothing. */
export function outputMatrix({ family, weights }: BaseModel): WeightEntry | undefined {
  const named = (wanted: string) => weights.find(({ name }) => name === wanted);
  return family.decoder && (named(outputEmbedding) ?? named(family.decoder.embedding));
}

/**
 * Opens a folder in Hugging Face layout: config.json, model.safetensors (or shards with their index), tokenizer.json.
 * Throws ModelError naming the missing file, the wrong field, or the tensor and both shapes.
 */
export async function openBaseModel(folder: string): Promise<BaseModel> {
  const path = resolve(folder);
  const present = await listFolder(path);
  assertPresent(path, present, ['config.json', 'tokenizer.json']);
  await assertFetched(path, present);
  const { family, config } = readModelConfig(await readJson(join(path, 'config.json')));
  const files = await findWeightFiles(path, present);
  const stored = await readStoredTensors(path, files);
  const specs = family.weights(config);
  const embedding = specs.some(({ name }) => name === outputEmbedding)
    ? undefined
    : family.decoder?.embedding;
  const weights = locateWeights(path, stored, specs, (name) => [
    ...(family.otherNames?.(name) ?? []),
    ...(name === embedding ? [outputEmbedding] : []),
  ]);
  assertAllUsed(
    weights.map(({ storedName }) => storedName),
    stored.tensors,
  );
  const tied = weights.find(({ name }) => name === embedding);
  if (tied !== undefined) await assertTied(path, tied.storedName, stored);
  const held = new Set(weights.map(({ name }) => linearWeight(name)?.module));
  return {
    folder: path,
    modelType: family.modelType,
    family,
    config,
    ...(await realWeightFiles(path, weights)),
    linears: family.linears(config).filter((linear) => held.has(linear.name)),
    fingerprint: await fingerprint(path, files.names),
    tokenizerPath: join(path, 'tokenizer.json'),
  };
}

async function listFolder(path: string): Promise<Set<string>> {
  try {
    return new Set(await readdir(path));
  } catch (error) {
    throw new ModelError(
      'missing-file',
      `${path} is not a readable folder; a base model is a folder with config.json, model.safetensors and tokenizer.json`,
      { cause: error },
    );
  }
}

function assertPresent(path: string, present: ReadonlySet<string>, needed: readonly string[]): void {
  const missing = needed.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const instead = missing.includes('config.json') ? otherFormat(present) : '';
  throw new ModelError('missing-file', `${path} holds no ${missing.join(' and no ')}${instead}`);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelError('bad-config', `${path} is not valid JSON`, { cause: error });
  }
}
