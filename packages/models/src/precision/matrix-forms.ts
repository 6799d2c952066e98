// What stands for one matrix of a base model in fewer bits: how its parts lie in a file, and their bytes, made of its values. The
// numbers are quantise-matrix.ts's; which matrices are kept so, and where, is quantised-base.ts's.
import { toBf16 } from '@colora/tensors/dtype';
import { openSafetensors } from '@colora/tensors/safetensors/safetensors-file';
import type { PlannedTensor } from '@colora/tensors/safetensors/safetensors-header';
import type { BasePrecision } from '../base-precision.ts';
import { ModelError } from '../model-error.ts';
import { type ByteForm, toUnsigned } from '../weights/byte-form.ts';
import { linearWeight } from '../weights/linear-weight.ts';
import { blockOf, byteColumns, nibbleBlocks, transposed } from '../weights/quantise-matrix.ts';

/** 16: bf16. 8: two byte matrices, one for each direction, a scale a column. 4: rows of nibbles, in blocks that share a scale. */
export type Form =
  | { readonly bits: 16 }
  | { readonly bits: 8; readonly bytes: ByteForm }
  | { readonly bits: 4; readonly isTransposed: boolean; readonly block: number };

/** A matrix of a safetensors file or some of its rows, [rows, columns], to be made into its parts. */
export interface MatrixJob {
  readonly path: string;
  readonly storedName: string;
  /** The first row. */
  readonly from: number;
  readonly rows: number;
  readonly columns: number;
  readonly form: Form;
}

type Matrix = { readonly name: string; readonly shape: readonly number[] };

/** Throws ModelError `unsupported-dtype` where 4 bits can't hold the matrix. */
export function formOf({ name, shape }: Matrix, precision: BasePrecision, bytes: ByteForm): Form {
  if (precision === '8bit') return { bits: 8, bytes };
  if (precision !== '4bit') return { bits: 16 };
  const { isTransposed } = linearWeight(name)!;
  const width = shape[isTransposed ? 0 : 1]!;
  const block = blockOf(width);
  if (block !== undefined) return { bits: 4, isTransposed, block };
  throw new ModelError(
    'unsupported-dtype',
    `weight ${name} has rows of ${width} values, which 4 bits can't hold (a multiple of 16 is needed); use 8bit or 16bit`,
  );
}

/** The names of a matrix's parts, after the weight's. */
export const partNames = { plain: 'plain', transposed: 'transposed', nibbles: 'nibbles', scales: 'scales' };

/** In the order of `makeParts`. */
export function plannedParts({ name, shape }: Matrix, form: Form): PlannedTensor[] {
  const [rows, columns] = shape as [number, number];
  if (form.bits === 16) return [{ name, dtype: 'BF16', shape }];
  const part = (own: string, dtype: 'I8' | 'U8', of: readonly number[], scales: readonly number[]) =>
    [
      { name: `${name}.${own}`, dtype, shape: of },
      { name: `${name}.${own}.${partNames.scales}`, dtype: 'F32', shape: scales },
    ] as const;
  if (form.bits === 8) {
    const dtype = form.bytes === 'signed' ? 'I8' : 'U8';
    return [
      ...part(partNames.plain, dtype, [rows, columns], [columns]),
      ...part(partNames.transposed, dtype, [columns, rows], [rows]),
    ];
  }
  const { block, isTransposed } = form;
  const [out, width] = isTransposed ? [columns, rows] : [rows, columns];
  return [...part(partNames.nibbles, 'U8', [out, width / block, block / 2], [out, width / block])];
}

/** Each part's bytes, in memory of their own. Throws SafetensorsError, or the file system's error. */
export async function makeParts({
  path,
  storedName,
  from,
  rows,
  columns,
  form,
}: MatrixJob): Promise<Uint8Array[]> {
  const source = await openSafetensors(path);
  let values: Float32Array;
  try {
    values = (await source.read(storedName, { from, count: rows })).data;
  } finally {
    await source.close();
  }
  if (form.bits === 16) return [bytesOfArray(toBf16(values))];
  if (form.bits === 4) {
    const [out, width] = form.isTransposed ? [columns, rows] : [rows, columns];
    const lying = form.isTransposed ? transposed(values, rows, columns) : values;
    const { data, scales } = nibbleBlocks(lying, out, width, form.block);
    return [data, scales].map(bytesOfArray);
  }
  return [
    byteColumns(values, rows, columns),
    byteColumns(transposed(values, rows, columns), columns, rows),
  ].flatMap(({ data, scales }) =>
    [form.bytes === 'signed' ? data : toUnsigned(data), scales].map(bytesOfArray),
  );
}

function bytesOfArray({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
