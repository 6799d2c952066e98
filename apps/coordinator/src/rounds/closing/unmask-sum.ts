// The mean of a round's masked contributions: their sum in the ring, piece by piece, with what was revealed taken off it; then each
// tensor divided by what those who hold it weigh together. What one of them sent is never there. In memory of one vector, however
// many they are. No database, no clock.
import { AggregationError } from '@colora/aggregation/aggregation-error';
import type { OpenRoster } from '@colora/privacy/masking/roster';
import { openRoster } from '@colora/privacy/masking/roster';
import { masksLeft, takeOff, type Undone } from '@colora/privacy/masking/unmask';
import { MaskingError } from '@colora/privacy/masking-error';
import { fixedPointOf, unitOf } from '@colora/privacy/rings/fixed-point';
import { layVector, readTail, type VectorLayout } from '@colora/privacy/rings/masked-vector';
import { noisedPointOf } from '@colora/privacy/rings/noised-vector';
import { centre } from '@colora/privacy/rings/ring';
import { openRingSum, type RingSum } from '@colora/privacy/rings/ring-sum';
import { readVerdictSums, type VerdictSums } from '@colora/privacy/rings/verdict-numbers';
import {
  mostFigure,
  mostQuantised,
  mostSum,
  type RingLoad,
  ringHolding,
  ringLoadOf,
} from '@colora/protocol/masking/masking-ring';
import type { Unmasking } from '@colora/protocol/masking/unmasking';
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { pieceElements } from '@colora/tensors/pieces';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { reusedMemory } from '../../blobs/chunk-memory.ts';
import type { CheckpointPlan } from '../../checkpoints/checkpoint-plan.ts';
import { type NoiseSource, sumNoise } from './round-noise.ts';

export interface UnmaskedMean {
  /** Of the tensors that enough hold. */
  readonly update: TensorMap;
  /** Of each of these, what its holders weigh together. */
  readonly weights: Readonly<Record<string, number>>;
  readonly metrics: Record<string, number>;
  /** Of members' verdicts; null where none of them told any. */
  readonly verdicts: VerdictSums | null;
}

interface MaskedInputs {
  readonly settings: Pick<TaskSettings, 'aggregation' | 'privacy' | 'rounds'>;
  readonly plan: CheckpointPlan;
  readonly blobIds: readonly string[];
  readonly unmasking: Unmasking;
  /** How many have to hold a tensor for it to move. */
  readonly needed: number;
  /** That the coordinator adds; null: none. */
  readonly noise: NoiseSource | null;
  /** Called between pieces. */
  readonly between: () => Promise<void>;
}

/**
 * Throws AggregationError where the sum is larger than so many contributions can make it (somebody sent something else, or revealed
 * a wrong share), or where shares belong to no secret.
 */
export async function unmaskedMean(
  blobs: Pick<BlobStore, 'chunks'>,
  { settings, plan, blobIds, unmasking, needed, noise, between }: MaskedInputs,
): Promise<UnmaskedMean> {
  const open = openRoster(unmasking.roster);
  const masks = masksOf(open, unmasking);
  const ring = ringHolding(ringLoadOf(settings, open.members.length));
  if (ring === null) throw new AggregationError('bad-setting', 'no ring holds the sum of this round');
  const layout = layVector(plan.tensors, settings);
  const sum = new Int32Array(layout.length);
  const take = reusedMemory();
  for (let from = 0, index = 1; from < layout.length; from += pieceElements, index += 1) {
    await between();
    const words = sum.subarray(from, from + pieceElements);
    const piece = openRingSum(words, ring);
    try {
      const chunks = blobIds.map((blobId) => ({ blobId, index }));
      for await (const chunk of blobs.chunks(chunks, take)) piece.add(chunk, 1);
      await takeOffInTurns(piece, from, masks, between);
    } finally {
      piece.close();
    }
    centre(words, ring);
  }
  const noised = noisedPointOf(settings, layout.values);
  const told =
    layout.verdicts === null ? null : readVerdictSums(sum.subarray(layout.verdicts), blobIds.length);
  assertPossible(sum, layout, ringLoadOf(settings, blobIds.length), { isNoised: noised !== null, told });
  return noised === null
    ? meanOf(sum, layout, settings, { needed, told })
    : await noisedMean(sum, layout, { unit: unitOf(noised), divisor: blobIds.length, noise, between });
}

function masksOf(open: OpenRoster, { sharers, senders, revealed }: Unmasking): readonly Undone[] {
  try {
    return masksLeft(open, { sharers, senders }, revealed);
  } catch (error) {
    if (!(error instanceof MaskingError)) throw error;
    throw new AggregationError('bad-share', `the masks don't come off: ${error.message}`);
  }
}

/** As many at a time as take some milliseconds. */
const atOnce = 32;

async function takeOffInTurns(
  piece: RingSum,
  from: number,
  masks: readonly Undone[],
  between: () => Promise<void>,
): Promise<void> {
  for (let at = 0; at < masks.length; at += atOnce) {
    if (at > 0) await between();
    takeOff(piece, from, masks.slice(at, at + atOnce));
  }
}

/**
 * What is masked wrongly comes out as numbers from all over the ring, nearly always beyond what may be. Each holder of a tensor weighs one at
 * least, and no value is larger than what weighs it: or the sum would be divided by less than it is of. No more tell a verdict than are
 * in the sum, and what they tell is what so many can. One that is noised has nothing behind its values.
 */
function assertPossible(
  sum: Int32Array,
  layout: VectorLayout,
  load: RingLoad,
  { isNoised, told }: { readonly isNoised: boolean; readonly told: VerdictSums | null },
): void {
  const { members, mostWeight, bits } = load;
  const count = layout.tensors.length;
  const isWithin = (from: number, to: number, least: number, most: number) => {
    for (let at = from; at < to; at += 1) if (sum[at]! < least || sum[at]! > most) return false;
    return true;
  };
  const { values, verdicts, length } = layout;
  const most = mostSum(load);
  const isWeighed = () =>
    layout.tensors.every(({ from, count: size }, at) => {
      const [weight, holders] = [sum[values + at]!, sum[values + count + at]!];
      const largest = weight * mostQuantised(bits);
      return (
        holders >= 0 &&
        holders <= Math.min(members, weight) &&
        weight <= holders * mostWeight &&
        isWithin(from, from + size, -largest, largest)
      );
    }) &&
    isWithin(values + 2 * count, verdicts ?? length, 0, members * mostFigure) &&
    (verdicts === null || told !== null);
  const isPossible = isNoised
    ? isWithin(0, values, -most, most) && isWithin(values, length, 0, 0)
    : isWeighed();
  if (isPossible) return;
  throw new AggregationError(
    'out-of-range',
    `the sum of its ${members} masked contributions is larger than any ${members} can make it, or weighs less than it holds: somebody sent something else, or revealed a wrong share, and who can't be told`,
  );
}

/** With the noise of all members in it, or the coordinator's added: of every tensor, whoever holds it, by the same number. */
async function noisedMean(
  sum: Int32Array,
  layout: VectorLayout,
  {
    unit,
    divisor,
    noise,
    between,
  }: {
    readonly unit: number;
    readonly divisor: number;
    readonly noise: NoiseSource | null;
    readonly between: () => Promise<void>;
  },
): Promise<UnmaskedMean> {
  const added = noise === null ? null : sumNoise(noise);
  const values = new Float32Array(sum.buffer, 0, layout.values);
  for (let at = 0; at < layout.values; at += 1) {
    if (at % pieceElements === 0) await between();
    const own = added === null ? 0 : added.deviation * added.normal();
    values[at] = (sum[at]! * unit + own) / divisor;
  }
  const tensors = layout.tensors.map(
    ({ name, shape, from, count }) => [name, { shape, data: values.subarray(from, from + count) }] as const,
  );
  return {
    update: new Map<string, Tensor>(tensors),
    weights: Object.fromEntries(layout.tensors.map(({ name }) => [name, divisor])),
    metrics: {},
    verdicts: null,
  };
}

/** The values' memory becomes the mean's. */
function meanOf(
  sum: Int32Array,
  layout: VectorLayout,
  { privacy }: Pick<TaskSettings, 'privacy'>,
  { needed, told }: { readonly needed: number; readonly told: VerdictSums | null },
): UnmaskedMean {
  const { weights, holders, personalLoss, sharedLoss } = readTail(layout, sum.slice(layout.values));
  const unit = unitOf(fixedPointOf(privacy));
  const update = new Map<string, Tensor>();
  const applied: Record<string, number> = {};
  const values = new Float32Array(sum.buffer, 0, layout.values);
  layout.tensors.forEach(({ name, shape, from, count }, at) => {
    const weight = weights[at]!;
    if (holders[at]! < needed || weight === 0) return;
    for (let value = from; value < from + count; value += 1) values[value] = (sum[value]! / weight) * unit;
    update.set(name, { shape, data: values.subarray(from, from + count) });
    applied[name] = weight;
  });
  // what losses tell is of members' values, and not noised
  const losses = isAccounted({ privacy }) ? {} : { personalLoss, sharedLoss };
  const metrics = Object.fromEntries(
    Object.entries(losses).flatMap(([name, loss]) => (loss === null ? [] : [[name, loss] as const])),
  );
  return { update, weights: applied, metrics, verdicts: told === null || told.told === 0 ? null : told };
}
