// Opening a base model's folder: which family it is, whether all of its weights are there, what its fingerprint is.
// No values of weights are read here (only headers and, for the fingerprint, bytes), and no tokenizer is built.
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Linear } from '@colora/adapters/layouts';
import { asConfigObject } from './config-fields.ts';
import { findFamily } from './families/families.ts';
import { ModelError } from './model-error.ts';
import type { ModelFamily } from './model-family.ts';
import { fingerprint } from './weights/fingerprint.ts';
import { linearWeight } from './weights/linear-weight.ts';
import { realWeightFiles } from './weights/real-weight-files.ts';
import { locateWeights, type WeightEntry, weightFileNames } from './weights/weight-files.ts';

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

/**
 * Opens a folder in Hugging Face layout: config.json, model.safetensors (or shards with their index), tokenizer.json.
 * Throws ModelError naming the missing file, the wrong field, or the tensor and both shapes.
 */
export async function openBaseModel(folder: string): Promise<BaseModel> {
  const path = resolve(folder);
  const present = await listFolder(path);
  assertPresent(path, present, ['config.json', 'tokenizer.json']);
  const json = await readConfig(join(path, 'config.json'));
  const family = findFamily(json.model_type, json);
  const config = family.parseConfig(json);
  const files = await weightFileNames(path, present);
  const weights = await locateWeights(
    path,
    files,
    family.weights(config),
    (name) => family.otherNames?.(name) ?? [],
  );
  const held = new Set(weights.map(({ name }) => linearWeight(name)?.module));
  return {
    folder: path,
    modelType: family.modelType,
    family,
    config,
    ...(await realWeightFiles(path, weights)),
    linears: family.linears(config).filter((linear) => held.has(linear.name)),
    fingerprint: await fingerprint(path, files),
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
  throw new ModelError('missing-file', `${path} holds no ${missing.join(' and no ')}`);
}

async function readConfig(path: string) {
  const text = await readFile(path, 'utf8');
  try {
    return asConfigObject(JSON.parse(text));
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError('bad-config', `${path} is not valid JSON`, { cause: error });
  }
}
