// What one member's contribution to a masked round is, as one row of whole numbers, and what the sum of such rows says:
//   weight x value of every tensor in the round's plan, zeros of those that she lacks
//   her weight, once a tensor; 0 where she lacks it
//   1 where she holds it, once a tensor, else 0
//   mean losses of the two phases in 1/64, each followed by 1 where there is one, else 0
//   in groups that sum up verdicts: eight numbers of hers (verdict-numbers.ts), zeros where she tells none
// So the mean over those who hold a tensor comes out of the sum, and who holds which stays hidden.
import { mostFigure } from '@colora/protocol/masking/masking-ring';
import { sumsVerdicts } from '@colora/protocol/masking/verdict-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { NamedShape } from '@colora/tensors/pieces';
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { MaskingError } from '../masking-error.ts';
import { type FixedPoint, quantise, unitOf } from './fixed-point.ts';
import { type ToldVerdict, verdictNumberCount, verdictNumbers } from './verdict-numbers.ts';

const lossUnit = 1 / 64;
const lossNumbers = 4;

export interface VectorLayout {
  readonly tensors: readonly (NamedShape & { readonly from: number; readonly count: number })[];
  /** Values of all tensors together: where the weights begin. */
  readonly values: number;
  /** Where the verdicts' numbers begin, which go to the end; null where the group sums up none. */
  readonly verdicts: number | null;
  readonly length: number;
}

/** `plan`: the tensors that contributions to the round may hold, in its order. */
export function layVector(
  plan: readonly NamedShape[],
  settings: Pick<TaskSettings, 'privacy'>,
): VectorLayout {
  let values = 0;
  const tensors = plan.map(({ name, shape }) => {
    const from = values;
    const count = elementCount(shape);
    values += count;
    return { name, shape, from, count };
  });
  const end = values + 2 * tensors.length + lossNumbers;
  return sumsVerdicts(settings)
    ? { tensors, values, verdicts: end, length: end + verdictNumberCount }
    : { tensors, values, verdicts: null, length: end };
}

export interface MemberVector {
  /** Names among the plan's. Finite. */
  readonly contribution: TensorMap;
  /** A whole number from 1. */
  readonly weight: number;
  readonly personalLoss: number | null;
  readonly sharedLoss: number | null;
  /** Null: she tells none. Only where the layout has room for it. */
  readonly verdict: ToldVerdict | null;
}

/** The row, and `told`: the contribution as the coordinator will have it in its sum. Throws MaskingError 'wrong-shape'. */
export function fillVector(
  layout: VectorLayout,
  { contribution, weight, personalLoss, sharedLoss, verdict }: MemberVector,
  point: FixedPoint,
  uniform: () => number,
): { readonly vector: Int32Array; readonly told: TensorMap } {
  const vector = new Int32Array(layout.length);
  const told = new Map<string, Tensor>();
  const held = new Map(contribution);
  layout.tensors.forEach(({ name, shape, from, count }, at) => {
    const tensor = held.get(name);
    if (tensor === undefined) return;
    held.delete(name);
    if (tensor.data.length !== count)
      throw new MaskingError('wrong-shape', `${name} has ${tensor.data.length} values, not ${count}`);
    const whole = quantise(tensor.data, point, uniform);
    told.set(name, { shape: [...shape], data: Float32Array.from(whole, (one) => one * unitOf(point)) });
    for (let value = 0; value < count; value += 1) vector[from + value] = weight * whole[value]!;
    vector[layout.values + at] = weight;
    vector[layout.values + layout.tensors.length + at] = 1;
  });
  for (const name of held.keys()) throw new MaskingError('wrong-shape', `the round has no tensor ${name}`);
  const losses = [...lossFigures(personalLoss), ...lossFigures(sharedLoss)];
  vector.set(losses, layout.values + 2 * layout.tensors.length);
  if (verdict !== null && layout.verdicts !== null) vector.set(verdictNumbers(verdict), layout.verdicts);
  return { vector, told };
}

function lossFigures(loss: number | null): readonly [number, number] {
  if (loss === null) return [0, 0];
  return [Math.min(mostFigure, Math.max(0, Math.round(loss / lossUnit))), 1];
}

export interface VectorSum {
  /** Of each of the plan's tensors. */
  readonly weights: readonly number[];
  readonly holders: readonly number[];
  /** Means over those who told one; null where nobody did. */
  readonly personalLoss: number | null;
  readonly sharedLoss: number | null;
}

/** `tail`: the sum's numbers from `layout.values` on, centred. */
export function readTail(layout: VectorLayout, tail: Int32Array): VectorSum {
  const count = layout.tensors.length;
  const [personal = 0, personalOf = 0, shared = 0, sharedOf = 0] = tail.subarray(2 * count);
  const mean = (sum: number, of: number) => (of === 0 ? null : (sum / of) * lossUnit);
  return {
    weights: [...tail.subarray(0, count)],
    holders: [...tail.subarray(count, 2 * count)],
    personalLoss: mean(personal, personalOf),
    sharedLoss: mean(shared, sharedOf),
  };
}
