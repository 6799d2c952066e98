// The adapters of a generator, each a plain LoRA that lies here as small as it is, and the room that one program for all of them has:
// the largest rank and every module of any. What is narrower is widened with zeros when it is used, one at a time.
import { adapterTensors, chooseTargets } from '@colora/adapters/adapter-tensors';
import type { AdapterSettings, Linear } from '@colora/adapters/layouts';
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import type { Inputs } from '../engines/engine.ts';
import { plainNames } from '../programs/folded-model.ts';
import { TrainingError } from '../training-error.ts';
import type { AdapterInputs } from './decode-programs.ts';

export interface HeldAdapters {
  /** In the place of one of that name, or beside the others. True where all need a wider program now. Throws TrainingError `bad-tensors`. */
  put(name: string, tensors: TensorMap): boolean;
  /** Of the program that serves all; null while there are none. */
  room(): AdapterInputs | null;
  /** What that program takes for one; null: zeros, with which it is the base model. Throws TrainingError `bad-settings` for one that isn't here. */
  inputsOf(name: string | null): Inputs;
}

/** `linears`: of the base model. Tensors are called as `plainTensors` does: A [r, in] and B [out, r] of a module, delta = B A. */
export function heldAdapters(linears: readonly Linear[]): HeldAdapters {
  const held = new Map<string, TensorMap>();
  const widest = new Map<string, number>();
  let room: { readonly settings: AdapterSettings; readonly zeros: TensorMap } | null = null;
  let used: { readonly name: string; readonly inputs: Inputs } | null = null;
  return {
    put(name, tensors) {
      const ranks = ranksOf(name, tensors, linears);
      held.set(name, tensors);
      used = null;
      for (const [module, rank] of ranks) widest.set(module, Math.max(rank, widest.get(module) ?? 0));
      const rank = Math.max(0, ...widest.values());
      if (room?.settings.rank === rank && room.settings.targets.length === widest.size) return false;
      if (rank === 0) return false; // nothing is adapted
      room = roomFor(rank, [...widest.keys()], linears);
      return true;
    },
    room: () => (room === null ? null : { settings: room.settings, tensors: room.zeros }),
    inputsOf(name) {
      const zeros = room?.zeros ?? new Map<string, Tensor>();
      if (name === null) return dataOf(zeros);
      const tensors = held.get(name);
      if (tensors === undefined) throw new TrainingError('bad-settings', `there is no adapter ${name} here`);
      if (used?.name !== name) {
        const wide = [...zeros].map(([key, zero]) => [key, widened(tensors.get(key), zero)] as const);
        used = { name, inputs: dataOf(new Map(wide)) };
      }
      return used.inputs;
    },
  };
}

function roomFor(rank: number, targets: readonly string[], linears: readonly Linear[]) {
  const settings: AdapterSettings = { layout: 'global', rank, alpha: rank, targets };
  const tensors = adapterTensors(settings, chooseTargets(linears, targets));
  const zeros = new Map(
    tensors.map(({ name, shape }) => [name, { shape, data: new Float32Array(shape[0] * shape[1]) }]),
  );
  return { settings, zeros };
}

function ranksOf(adapter: string, tensors: TensorMap, linears: readonly Linear[]): Map<string, number> {
  const ranks = new Map<string, number>();
  for (const { name, in: inner, out } of linears) {
    const names = plainNames(name);
    const [A, B] = [tensors.get(names.A), tensors.get(names.B)];
    if (A === undefined && B === undefined) continue;
    const rank = A?.shape[0] ?? 0;
    if (!sameShape(A?.shape ?? [], [rank, inner]) || !sameShape(B?.shape ?? [], [out, rank]))
      throw wrongTensors(adapter);
    ranks.set(name, rank);
  }
  if (2 * ranks.size !== tensors.size) throw wrongTensors(adapter);
  return ranks;
}

function wrongTensors(adapter: string): TrainingError {
  return new TrainingError(
    'bad-tensors',
    `the adapter ${adapter} has other tensors than the base model takes`,
  );
}

/** [rows, columns] in the corner of what has the shape of `zero`; the very one where it has that shape. */
function widened(tensor: Tensor | undefined, zero: Tensor): Tensor {
  if (tensor === undefined) return zero;
  if (sameShape(tensor.shape, zero.shape)) return tensor;
  const [rows, columns] = tensor.shape as [number, number];
  const width = zero.shape[1]!;
  const data = new Float32Array(zero.data.length);
  for (let row = 0; row < rows; row += 1)
    data.set(tensor.data.subarray(row * columns, (row + 1) * columns), row * width);
  return { shape: zero.shape, data };
}

function dataOf(tensors: TensorMap): Inputs {
  return Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
}
