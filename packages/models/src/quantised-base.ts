// A base model whose linear layers are kept in fewer bits (QLoRA's setting, arXiv 2305.14314: the base is frozen and
// quantised, adapters are float32). Quantised once into a safetensors file of its own; everything else of the model is
// copied into it as it was stored, so that one file is mapped. What a matrix becomes is precision/matrix-forms.ts's.
import { join } from 'node:path';
import { readSafetensorsHeader } from '@colora/tensors/safetensors/safetensors-file';
import {
  encodeHeader,
  lengthBytes,
  type PlannedTensor,
  parseHeader,
  type SafetensorsHeader,
} from '@colora/tensors/safetensors/safetensors-header';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import type { BaseModel } from './base-model.ts';
import type { BasePrecision } from './base-precision.ts';
import { orDiskFull } from './cache/disk-full.ts';
import { makeOnce, type OnShare } from './cache/make-once.ts';
import { exists } from './cache/whole-file.ts';
import { ModelError } from './model-error.ts';
import { outputParts } from './output-parts.ts';
import { type Form, formOf, type MatrixJob, partNames, plannedParts } from './precision/matrix-forms.ts';
import { makeInThreads } from './precision/quantise-threads.ts';
import { storedFiles } from './precision/stored-files.ts';
import { type ByteForm, byteForm } from './weights/byte-form.ts';
import { linearWeight } from './weights/linear-weight.ts';
import type { FileRange, QuantisedWeight, WeightEntry } from './weights/weight-files.ts';

const file = 'model.safetensors';

export interface PrecisionOptions {
  /** By default what this machine multiplies exactly. */
  readonly form?: ByteForm;
  /** That make matrices; by default one a processor, and one for small models. */
  readonly threads?: number | undefined;
  /**
   * Called before each matrix is written, and when all are: how many are done, of how many. Where another process writes, from
   * those on that are done by then. What it throws ends the writing, or the waiting.
   */
  readonly onMatrix?: OnShare;
}

/**
 * The model with its weights at the precision, from `cacheFolder`, where they are written at the first call (of several
 * processes one writes, and the others wait). Embeddings, norms and the vocabulary's matrix keep what they are stored in; in 8 bits the
 * latter is there in bytes too, to score it (output-parts.ts).
 * Throws ModelError `disk-full`, `missing-weight` where the file there is another's, or the file system's error.
 */
export async function withPrecision(
  base: BaseModel,
  precision: BasePrecision,
  cacheFolder: string,
  options: PrecisionOptions = {},
): Promise<BaseModel> {
  const plan = planOf(base, precision, cacheFolder, options.form);
  if (plan === null) return base;
  const path = join(plan.folder, file);
  await writeOnce(base, plan, path, options);
  return inFile(base, plan, await readSafetensorsHeader(path), path);
}

/** The model as withPrecision gives it, of whose weights none is made: sizes can be counted with it, nothing run. */
export function plannedPrecision(
  base: BaseModel,
  precision: BasePrecision,
  cacheFolder: string,
  form?: ByteForm,
): BaseModel {
  const plan = planOf(base, precision, cacheFolder, form);
  if (plan === null) return base;
  const header = parseHeader(encodeHeader(tensorsOf(plan), {}).subarray(lengthBytes));
  return inFile(base, plan, header, join(plan.folder, file));
}

interface Plan {
  readonly folder: string;
  readonly weights: readonly PlannedWeight[];
}

interface PlannedWeight {
  readonly weight: WeightEntry;
  /** Its first row in the matrix that is stored under its name. */
  readonly from: number;
  /** Null where it is copied as it is stored. */
  readonly form: Form | null;
  /** What stands for it in the file. */
  readonly parts: readonly PlannedTensor[];
}

const tensorsOf = ({ weights }: Plan) => weights.flatMap(({ parts }) => parts);

/** Null where the model is kept as it is stored. Throws ModelError where the precision can't hold a weight. */
function planOf(
  base: BaseModel,
  precision: BasePrecision,
  cacheFolder: string,
  bytes: ByteForm = byteForm(),
): Plan | null {
  const names = new Set(base.linears.map(({ name }) => name));
  const isLinear = ({ name }: WeightEntry) => names.has(linearWeight(name)?.module ?? '');
  const asStored = precision === '16bit' && base.weights.every((w) => !isLinear(w) || w.dtype !== 'F32');
  if (precision === '32bit' || asStored) return null;
  const kept = precision === '8bit' && bytes === 'unsigned' ? '8bit-unsigned' : precision;
  const scores = precision === '8bit' ? outputParts(base) : [];
  const name = `${base.fingerprint.slice(0, 32)}-${kept}${scores.length > 0 ? '-scored' : ''}`;
  const weights = base.weights.map((weight): PlannedWeight => {
    const form = isLinear(weight) ? formOf(weight, precision, bytes) : null;
    return { weight, from: 0, form, parts: form === null ? [weight] : plannedParts(weight, form) };
  });
  const further = scores.map(({ weight, from }): PlannedWeight => {
    const form = formOf(weight, precision, bytes);
    return { weight, from, form, parts: plannedParts(weight, form) };
  });
  return { folder: join(cacheFolder, 'precision', name), weights: [...weights, ...further] };
}

/** The model whose weights lie in the file at `path`. */
function inFile(base: BaseModel, plan: Plan, { tensors }: SafetensorsHeader, path: string): BaseModel {
  const ranges = new Map(tensors.map(({ name, offset, length }) => [name, { offset, length }]));
  const rangeOf = (name: string): FileRange => {
    const range = ranges.get(name);
    if (range !== undefined) return range;
    throw new ModelError('missing-weight', `${path} lacks ${name}; delete the file, and it is written anew`);
  };
  const matrix = (weight: string, name: string) => {
    const stored = `${weight}.${name}`;
    return { data: rangeOf(stored), scales: rangeOf(`${stored}.${partNames.scales}`) };
  };
  const quantisedOf = ({ name }: WeightEntry, form: Exclude<Form, { bits: 16 }>): QuantisedWeight => {
    if (form.bits === 4) return { bits: 4, block: form.block, rows: matrix(name, partNames.nibbles) };
    const [plain, transposed] = [matrix(name, partNames.plain), matrix(name, partNames.transposed)];
    return { bits: 8, form: form.bytes, plain, transposed };
  };
  const weights = plan.weights.map(({ weight, form, parts }): WeightEntry => {
    if (form !== null && form.bits !== 16)
      return { ...weight, file, offset: 0, length: 0, quantised: quantisedOf(weight, form) };
    const [{ name, dtype }] = parts as [PlannedTensor];
    return { ...weight, storedName: name, dtype: dtype as WeightEntry['dtype'], file, ...rangeOf(name) };
  });
  return { ...base, weights, weightsFolder: plan.folder };
}

async function writeOnce(
  base: BaseModel,
  plan: Plan,
  path: string,
  { threads, onMatrix = () => undefined }: PrecisionOptions,
): Promise<void> {
  const isThere = () => exists(path);
  const make = (tell: OnShare) => write(base, plan, path, threads, tell);
  await makeOnce({ path, isThere, make, onShare: eachMatrix(plan, onMatrix) });
}

/** Told one by one, from where another process was heard of first, also where several were written since. */
function eachMatrix({ weights }: Plan, onMatrix: OnShare): OnShare {
  const of = weights.filter(({ form }) => form !== null).length;
  let next: number | null = null;
  return (told) => {
    const done = Math.min(told, of);
    if (next === null || done < next - 1) next = done; // it begins, or begins anew
    for (; next <= done; next += 1) onMatrix(next, of);
  };
}

async function write(
  base: BaseModel,
  plan: Plan,
  path: string,
  threads: number | undefined,
  onMatrix: OnShare,
): Promise<void> {
  const stored = storedFiles(base.weightsFolder);
  const jobs = plan.weights.flatMap(({ weight, from, form }): MatrixJob[] => {
    if (form === null) return [];
    const [rows, columns] = weight.shape as [number, number];
    const { file: stored, storedName } = weight;
    return [{ path: join(base.weightsFolder, stored), storedName, from, rows, columns, form }];
  });
  const made = makeInThreads(jobs, threads);
  let done = 0;
  async function* bytesInOrder(): AsyncGenerator<Uint8Array> {
    for (const { weight, form } of plan.weights) {
      if (form === null) {
        yield await stored.bytesOf(weight);
        continue;
      }
      onMatrix(done, jobs.length);
      yield* (await made.next()).value as readonly Uint8Array[];
      done += 1;
    }
  }
  const tensors = tensorsOf(plan);
  const given = bytesInOrder();
  try {
    await orDiskFull(plan.folder, tensors, () =>
      writeSafetensors(path, tensors, async () => (await given.next()).value as Uint8Array),
    );
    onMatrix(done, jobs.length);
  } finally {
    await made.return(undefined);
    await stored.close();
  }
}
