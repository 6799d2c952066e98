// A server optimizer's state while a round is closed: changed piece by piece, written as one file. The state of a tensor
// is a tensor of its shape, called `<what>/<tensor>`; others pass as they are. What it means is the optimizer's affair.
import type { Schema } from '@colora/aggregation/contribution';
import { planPieces } from '@colora/tensors/pieces';
import { encodeHeader } from '@colora/tensors/safetensors/safetensors-header';
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { bytesOf, toLittleEndian } from '@colora/tensors/tensor-bytes';
import type { FileStaging } from '../../checkpoints/stored-checkpoint.ts';

export interface OptimizerState {
  /** The state of these elements of these tensors, as the optimizer wants it: one-dimensional tensors. */
  slice(ranges: readonly Range[]): TensorMap;
  /** Puts a slice back, changed by the optimizer. */
  put(ranges: readonly Range[], slice: TensorMap): void;
  /** Null while there is none. */
  write(file: () => FileStaging): Promise<FileStaging | null>;
}

interface Range {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** `before` is taken over and changed in place; `schema` is the checkpoint's. */
export function openOptimizerState(before: TensorMap, schema: Schema): OptimizerState {
  const state = new Map<string, Tensor>(before); // a tensor whose state begins now has none yet, in none of its pieces: slices are of `before`.
  const kinds = new Set([...before.keys()].map((key) => key.slice(0, key.indexOf('/'))));
  const fullOf = (key: string, name: string): Tensor => {
    const known = state.get(key);
    if (known !== undefined) return known;
    const { shape } = schema.get(name)!;
    const made = { shape, data: new Float32Array(elementCount(shape)) };
    state.set(key, made);
    return made;
  };
  return {
    slice(ranges) {
      const slice = new Map<string, Tensor>();
      for (const { name, from, to } of ranges) {
        for (const kind of kinds) {
          const whole = before.get(`${kind}/${name}`);
          if (whole === undefined) continue;
          slice.set(`${kind}/${name}`, { shape: [to - from], data: whole.data.subarray(from, to) });
        }
      }
      return slice;
    },
    put(ranges, slice) {
      for (const [key, { data }] of slice) {
        const range = ranges.find(({ name }) => name === key.slice(key.indexOf('/') + 1))!;
        fullOf(key, range.name).data.set(data, range.from);
      }
    },
    async write(begin) {
      if (state.size === 0) return null;
      const file = begin();
      const sorted = [...state].sort(([a], [b]) => (a < b ? -1 : 1));
      const planned = sorted.map(([name, { shape }]) => ({ name, shape, dtype: 'F32' as const }));
      await file.add(0, encodeHeader(planned, {}));
      for (const [index, { ranges, elements }] of planPieces(planned).entries()) {
        const values = new Float32Array(elements);
        let at = 0;
        for (const { name, from, to } of ranges) {
          values.set(state.get(name)!.data.subarray(from, to), at);
          at += to - from;
        }
        toLittleEndian(bytesOf(values), 4);
        await file.add(index + 1, bytesOf(values));
      }
      return file;
    },
  };
}
