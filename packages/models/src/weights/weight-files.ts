// Where a model folder's weights lie: the safetensors file or shards, and every needed tensor's place in them.
// Only headers are read. Values are mapped or read by whoever runs the model.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FloatDType, isFloatDType } from '@colora/tensors/dtype';
import { sameShape } from '@colora/tensors/tensor';
import { ModelError } from '../model-error.ts';
import type { WeightSpec } from '../model-family.ts';
import type { ByteForm } from './byte-form.ts';
import { layerName, layersUnder } from './layer-names.ts';
import { otherFormat } from './other-formats.ts';
import type { StoredTensor, StoredTensors } from './stored-tensors.ts';

/** One weight of the base model and the bytes of its file that hold it. */
export interface WeightEntry {
  /** The family's canonical name. */
  readonly name: string;
  /** The name in the file, where the checkpoint uses another. */
  readonly storedName: string;
  readonly dtype: FloatDType;
  readonly shape: readonly number[];
  /** File name within the folder; in a BaseModel, path within its weightsFolder. */
  readonly file: string;
  /** First byte in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** The matrix is there in fewer bits only; dtype, offset and length then say nothing. */
  readonly quantised?: QuantisedWeight;
}

/** Bytes of a file. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

/** Integers and the scales that make values of them. */
interface QuantisedMatrix {
  readonly data: FileRange;
  readonly scales: FileRange;
}

/**
 * A matrix in fewer bits (quantised-base.ts). 8: as it lies and transposed, for products x W and x W^T; 4: the layer's
 * [out, in] rows, in blocks that share a scale.
 */
export type QuantisedWeight =
  | {
      readonly bits: 8;
      readonly form: ByteForm;
      readonly plain: QuantisedMatrix;
      readonly transposed: QuantisedMatrix;
    }
  | { readonly bits: 4; readonly block: number; readonly rows: QuantisedMatrix };

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

/** The names of the folder's weight files: `model.safetensors`, or the shards its index lists, sorted. */
export async function weightFileNames(folder: string, present: ReadonlySet<string>): Promise<string[]> {
  if (present.has(single)) return [single];
  if (!present.has(index)) {
    const instead = otherFormat(present);
    throw new ModelError('missing-file', `${folder} holds no ${single} (nor ${index} for shards)${instead}`);
  }
  const shards = shardNames(await readFile(join(folder, index), 'utf8'), folder);
  const missing = shards.filter((shard) => !present.has(shard));
  if (missing.length === 0) return shards;
  throw new ModelError('missing-file', `${folder} lacks shards that its index lists: ${missing.join(', ')}`);
}

function shardNames(text: string, folder: string): string[] {
  const wrong = () =>
    new ModelError('bad-config', `${join(folder, index)} must map weights to shard file names`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong();
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) throw wrong();
  const names = Object.values(map);
  const inFolder = (name: unknown): name is string => typeof name === 'string' && basename(name) === name;
  if (names.length === 0 || !names.every(inFolder)) throw wrong(); // a path could lead out of the folder
  return [...new Set(names)].sort();
}

/**
 * The place of every weight the family needs, in the order of `specs`; absent optional ones are left out.
 * Throws ModelError naming the tensor: `missing-weight`, `wrong-shape` (with both shapes), `unsupported-dtype`.
 */
export function locateWeights(
  folder: string,
  stored: StoredTensors,
  specs: readonly WeightSpec[],
  otherNames: (name: string) => readonly string[],
): WeightEntry[] {
  return specs.flatMap((spec) => {
    const names = [spec.name, ...otherNames(spec.name)];
    const found = names.map((name) => stored.find(name)).find((info) => info !== undefined);
    if (found !== undefined) return [checkedEntry(spec, found)];
    if (spec.optional === true) return [];
    const message = missingMessage(folder, spec, names) + layersHint(names, stored.tensors);
    throw new ModelError('missing-weight', message);
  });
}

/** A weight of a layer beyond the stored ones is missing because the config asks for too many. */
function layersHint(names: readonly string[], stored: ReadonlyMap<string, StoredTensor>): string {
  for (const found of names.map(layerName)) {
    if (found === undefined) continue;
    const held = layersUnder(found.stem, stored.keys());
    if (held > 0 && held <= found.layer) {
      return `: config.json asks for more than the ${held} layers that are stored (num_hidden_layers, n_layer or n_layers)`;
    }
  }
  return '';
}

function missingMessage(folder: string, spec: WeightSpec, names: readonly string[]): string {
  const others = names.length > 1 ? ` (also looked for ${names.slice(1).join(', ')})` : '';
  return `${folder} holds no weight ${spec.name} of shape [${spec.shape.join(', ')}]${others}`;
}

function checkedEntry(spec: WeightSpec, stored: StoredTensor): WeightEntry {
  if (!sameShape(spec.shape, stored.shape)) {
    throw new ModelError(
      'wrong-shape',
      `weight ${stored.name} has shape [${stored.shape.join(', ')}], config.json asks for [${spec.shape.join(', ')}]`,
    );
  }
  const { name: storedName, dtype, shape, file, offset, length } = stored;
  if (!isFloatDType(dtype)) {
    throw new ModelError(
      'unsupported-dtype',
      `weight ${storedName} is stored as ${dtype}; F32, F16 and BF16 are supported: take the model in one of them ` +
        '(transformers: model.to(torch.float32).save_pretrained)',
    );
  }
  return { name: spec.name, storedName, dtype, shape, file, offset, length };
}
