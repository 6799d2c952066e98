// A base model whose linear layers are kept in fewer bits (QLoRA's setting, arXiv 2305.14314: the base is frozen and
// quantised, adapters are float32). Quantised once into a safetensors file of its own; everything else of the model is
// copied into it as it was stored, so that one file is mapped. The numbers are quantise-matrix.ts's.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toBf16 } from '@colora/tensors/dtype';
import { openSafetensors, type SafetensorsFile } from '@colora/tensors/safetensors/safetensors-file';
import { type PlannedTensor, tensorLength } from '@colora/tensors/safetensors/safetensors-header';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import type { BaseModel } from './base-model.ts';
import type { BasePrecision } from './base-precision.ts';
import { ModelError } from './model-error.ts';
import { type ByteForm, byteForm, toUnsigned } from './weights/byte-form.ts';
import { orDiskFull } from './weights/disk-full.ts';
import { linearWeight } from './weights/linear-weight.ts';
import {
  type ByteColumns,
  blockOf,
  byteColumns,
  nibbleBlocks,
  transposed,
} from './weights/quantise-matrix.ts';
import type { FileRange, QuantisedWeight, WeightEntry } from './weights/weight-files.ts';
import { exists } from './weights/whole-file.ts';

const file = 'model.safetensors';

/**
 * The model with its weights at the precision, from `cacheFolder`, where they are written at the first call (several
 * processes may do so at a time). Embeddings, norms and the vocabulary's matrix keep what they are stored in.
 * Throws ModelError `disk-full`, `missing-weight` where the file there is another's, or the file system's error.
 */
export async function withPrecision(
  base: BaseModel,
  precision: BasePrecision,
  cacheFolder: string,
  form: ByteForm = byteForm(),
): Promise<BaseModel> {
  const names = new Set(base.linears.map(({ name }) => name));
  const isLinear = ({ name }: WeightEntry) => names.has(linearWeight(name)?.module ?? '');
  const asStored = precision === '16bit' && base.weights.every((w) => !isLinear(w) || w.dtype !== 'F32');
  if (precision === '32bit' || asStored) return base;
  const kept = precision === '8bit' && form === 'unsigned' ? '8bit-unsigned' : precision;
  const folder = join(cacheFolder, 'precision', `${base.fingerprint.slice(0, 32)}-${kept}`);
  const path = join(folder, file);
  const parts = base.weights.map((weight) =>
    isLinear(weight) ? linearParts(weight, precision, form) : [copied(weight)],
  );
  if (!(await exists(path))) await write(base, parts.flat(), folder, path);
  const stored = await openSafetensors(path);
  await stored.close();
  const ranges = new Map(stored.header.tensors.map(({ name, offset, length }) => [name, { offset, length }]));
  const rangeOf = (name: string) => {
    const range = ranges.get(name);
    if (range !== undefined) return range;
    throw new ModelError('missing-weight', `${path} lacks ${name}; delete the file, and it is written anew`);
  };
  const entry = entryMaker(precision, form, rangeOf);
  const weights = base.weights.map((weight, i) => entry(weight, parts[i]!));
  return { ...base, weights, weightsFolder: folder };
}

interface Part extends PlannedTensor {
  readonly weight: WeightEntry;
  readonly bytesOf: (source: SafetensorsFile) => Promise<Uint8Array>;
}

function copied(weight: WeightEntry): Part {
  const { name, dtype, shape, storedName } = weight;
  return { name, dtype, shape, weight, bytesOf: (source) => source.readBytes(storedName) };
}

/** The tensors that stand for one linear layer's matrix: two byte matrices, one for each direction, or one of nibbles. */
function linearParts(weight: WeightEntry, precision: '4bit' | '8bit' | '16bit', form: ByteForm): Part[] {
  const { name, shape, storedName } = weight;
  const [rows, columns] = shape as [number, number];
  if (precision === '16bit') {
    const bytesOf = async (source: SafetensorsFile) =>
      bytesOfArray(toBf16((await source.read(storedName)).data));
    return [{ name, dtype: 'BF16', shape, weight, bytesOf }];
  }
  if (precision === '4bit') {
    const turn = linearWeight(name)!.isTransposed;
    const [out, width] = turn ? [columns, rows] : [rows, columns];
    const block = blockOf(width);
    if (block === undefined) throw oddWidth(name, width);
    const shapes = { shape: [out, width / block, block / 2], scalesShape: [out, width / block] };
    return matrixParts(weight, { name: nibblesName, dtype: 'U8', ...shapes }, (data) =>
      nibbleBlocks(turn ? transposed(data, rows, columns) : data, out, width, block),
    );
  }
  const dtype = form === 'signed' ? 'I8' : 'U8';
  const formed = ({ data, scales }: ByteColumns) => ({
    data: form === 'signed' ? data : toUnsigned(data),
    scales,
  });
  return [
    ...matrixParts(weight, { name: 'plain', dtype, shape: [rows, columns], scalesShape: [columns] }, (data) =>
      formed(byteColumns(data, rows, columns)),
    ),
    ...matrixParts(
      weight,
      { name: 'transposed', dtype, shape: [columns, rows], scalesShape: [rows] },
      (data) => formed(byteColumns(transposed(data, rows, columns), columns, rows)),
    ),
  ];
}

const nibblesName = 'nibbles';

/** How one quantised matrix lies in the file; `name` follows the weight's. */
interface StoredMatrix {
  readonly name: string;
  readonly dtype: 'I8' | 'U8';
  readonly shape: readonly number[];
  readonly scalesShape: readonly number[];
}

function matrixParts(
  weight: WeightEntry,
  { name, dtype, shape, scalesShape }: StoredMatrix,
  quantise: (values: Float32Array) => { data: Int8Array | Uint8Array; scales: Float32Array },
): Part[] {
  const made = once(async (source: SafetensorsFile) => quantise((await source.read(weight.storedName)).data));
  const matrix = `${weight.name}.${name}`;
  const data = async (source: SafetensorsFile) => bytesOfArray((await made.get(source)).data);
  const scales = async (source: SafetensorsFile) => bytesOfArray((await made.take(source)).scales);
  return [
    { name: matrix, dtype, shape, weight, bytesOf: data },
    { name: `${matrix}.scales`, dtype: 'F32', shape: scalesShape, weight, bytesOf: scales },
  ];
}

function oddWidth(name: string, width: number): ModelError {
  return new ModelError(
    'unsupported-dtype',
    `weight ${name} has rows of ${width} values, which 4 bits can't hold (a multiple of 16 is needed); use 8bit or 16bit`,
  );
}

/** Data and scales are written one after the other and computed together; not kept longer than that. */
function once<T>(make: (source: SafetensorsFile) => Promise<T>) {
  let made: Promise<T> | undefined;
  const get = (source: SafetensorsFile): Promise<T> => {
    made ??= make(source);
    return made;
  };
  const take = (source: SafetensorsFile): Promise<T> => {
    const taken = get(source);
    made = undefined;
    return taken;
  };
  return { get, take };
}

function bytesOfArray({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function write(base: BaseModel, parts: readonly Part[], folder: string, path: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const sources = new Map<string, SafetensorsFile>();
  const sourceOf = async ({ file: name }: WeightEntry) => {
    const open = sources.get(name) ?? (await openSafetensors(join(base.weightsFolder, name)));
    sources.set(name, open);
    return open;
  };
  const byName = new Map(parts.map((part) => [part.name, part]));
  const bytes = parts.reduce((sum, { name, dtype, shape }) => sum + tensorLength(name, dtype, shape), 0);
  try {
    await orDiskFull(folder, bytes, () =>
      writeSafetensors(path, parts, async ({ name }) => {
        const part = byName.get(name)!;
        return part.bytesOf(await sourceOf(part.weight));
      }),
    );
  } finally {
    for (const source of sources.values()) await source.close();
  }
}

/** The weight's place in the file, of whose parts `rangeOf` tells the bytes. */
function entryMaker(precision: BasePrecision, form: ByteForm, rangeOf: (name: string) => FileRange) {
  return (weight: WeightEntry, parts: readonly Part[]): WeightEntry => {
    const [first] = parts as [Part];
    if (parts.length === 1) {
      const dtype = first.dtype as WeightEntry['dtype'];
      return { ...weight, storedName: first.name, dtype, file, ...rangeOf(first.name) };
    }
    const matrix = (name: string) => {
      const stored = `${weight.name}.${name}`;
      return { data: rangeOf(stored), scales: rangeOf(`${stored}.scales`) };
    };
    const quantised: QuantisedWeight =
      precision === '8bit'
        ? { bits: 8, form, plain: matrix('plain'), transposed: matrix('transposed') }
        : { bits: 4, block: 2 * first.shape[2]!, rows: matrix(nibblesName) };
    return { ...weight, file, offset: 0, length: 0, quantised };
  };
}
