// Where a model's weights lie: every needed tensor's place in the safetensors file or shards (shard-index.ts).
// Only headers are read. Values are mapped or read by whoever runs the model.
import { join } from 'node:path';
import { type FloatDType, isFloatDType } from '@colora/tensors/dtype';
import { sameShape } from '@colora/tensors/tensor';
import { ModelError } from '../model-error.ts';
import type { WeightSpec } from '../model-family.ts';
import type { ByteForm } from './byte-form.ts';
import { layerName, layersUnder } from './layer-names.ts';
import { indexFile } from './shard-index.ts';
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

/** Bytes of the weights as they are stored; of those in fewer bits none are counted. */
export function storedBytes(weights: readonly Pick<WeightEntry, 'length'>[]): number {
  return weights.reduce((sum, { length }) => sum + length, 0);
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
 * A matrix in fewer bits: as it lies and transposed, for products x W and x W^T, a scale a column (quantised-base.ts); or
 * its [out, in] rows, in blocks that share a scale (quantised-base.ts, quantised-output.ts).
 */
export type QuantisedWeight =
  | {
      readonly bits: 8;
      readonly form: ByteForm;
      readonly plain: QuantisedMatrix;
      readonly transposed: QuantisedMatrix;
    }
  | { readonly bits: 4 | 8; readonly block: number; readonly rows: QuantisedMatrix };

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
    assertNotPromised(folder, names, stored);
    if (spec.optional === true) return [];
    const message = missingMessage(folder, spec, names) + layersHint(names, stored.tensors);
    throw new ModelError('missing-weight', message);
  });
}

/** What the index lists and its shard lacks was lost on the way: without it the model is another one, even where it may lack it. */
function assertNotPromised(folder: string, names: readonly string[], { shardOf }: StoredTensors): void {
  for (const name of names) {
    const shard = shardOf.get(name);
    if (shard === undefined) continue;
    throw new ModelError(
      'missing-weight',
      `${join(folder, indexFile)} says that ${name} is in ${shard}, and it is not: take both from the same copy of the model, or download it again`,
    );
  }
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
