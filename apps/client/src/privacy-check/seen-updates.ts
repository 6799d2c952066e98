// What somebody sees of a member's update: as it is, as the group's settings make it, and as one of several in a sum. Each as the mean
// that a checkpoint moves by. Noise is drawn several times, so that no attack is judged by one draw of it. Pure, but for the noise.
import { isSumNoised } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { add, scale } from '@colora/tensors/arithmetic';
import { type TensorMap, zeros } from '@colora/tensors/tensor';
import { makeContribution } from '@colora/training/learning/contribution';
import { compressContribution } from '../line/compress.ts';

export type SeenAs = 'plain' | 'as-set' | 'sum' | 'sum-as-set';

export interface Seen {
  readonly as: SeenAs;
  /** One a draw of the noise. */
  readonly draws: readonly TensorMap[];
}

export interface Updates {
  /** Neither clipped nor noised. */
  readonly own: TensorMap;
  /** Those of simulated members; none: no sums. */
  readonly others: readonly TensorMap[];
  /** What earlier contributions lost by their encoding, and this one would make up for. */
  readonly residual: TensorMap;
}

const noiseDraws = 4;

export function seenUpdates(
  { own, others, residual }: Updates,
  settings: Pick<TaskSettings, 'privacy' | 'wire'>,
): Seen[] {
  const { privacy, wire } = settings;
  const isClipped = privacy.clipNorm !== undefined;
  const draws = privacy.noiseMultiplier === undefined ? [0] : [...Array(noiseDraws).keys()];
  const made = (update: TensorMap) => makeContribution(update, privacy);
  const sent = (draw: number): TensorMap => {
    const how = { settings, metadata: {}, seed: `check/${draw}` };
    return compressContribution(made(own), residual, how).sent;
  };
  const seen: Seen[] = [{ as: 'plain', draws: [own] }];
  if (isClipped || wire.upload !== 'f32') seen.push({ as: 'as-set', draws: draws.map(sent) });
  if (others.length === 0) return seen;
  seen.push({ as: 'sum', draws: [meanOf([own, ...others])] });
  if (!isClipped) return seen;
  const members = 1 + others.length;
  const noised = () => noisedMean(meanOf([own, ...others].map(made)), privacy, members);
  seen.push({ as: 'sum-as-set', draws: draws.map(noised) });
  return seen;
}

/** Where the sum is noised, and not each that goes into it: a mean of clipped ones isn't clipped again by that. */
function noisedMean(mean: TensorMap, privacy: TaskSettings['privacy'], members: number): TensorMap {
  const { clipNorm, noiseMultiplier } = privacy;
  if (!isSumNoised({ privacy }) || noiseMultiplier === undefined) return mean;
  return makeContribution(mean, { clipNorm, noiseMultiplier: noiseMultiplier / members });
}

/** Over all; one that lacks a tensor counts as zeros of it. */
function meanOf(updates: readonly TensorMap[]): TensorMap {
  const shapes = new Map(updates.flatMap((update) => [...update]).map(([name, { shape }]) => [name, shape]));
  const whole = (update: TensorMap): TensorMap =>
    new Map([...shapes].map(([name, shape]) => [name, update.get(name) ?? zeros(shape)]));
  return scale(updates.map(whole).reduce(add), 1 / updates.length);
}
