// The noise on the sum of a round, where the coordinator adds it (privacy.mechanism central). Its seed is drawn when a round is
// closed, anew at each try, and kept with the commit: a round commits once, so that one seed is ever seen through a checkpoint. One
// that was fixed when the round opened would be used twice by who restores a backup of yesterday, and the difference of the two
// checkpoints would be free of noise.
import { randomBytes } from 'node:crypto';
import type { SumNoise } from '@colora/aggregation/privacy/noised-sum';
import { gaussianNoise, seededBytes } from '@colora/privacy/noise/gaussian-noise';
import { unitOf } from '@colora/privacy/rings/fixed-point';
import { noisedPointOf } from '@colora/privacy/rings/noised-vector';
import { roundingRoom } from '@colora/protocol/contribution';
import { coinChanceOf, mechanismOf } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';

/** What the noise follows from; as kept (RoundNoise), for whoever replays the round and may know it. */
export interface NoiseSource {
  readonly seed: Uint8Array;
  readonly deviation: number;
  readonly divisor: number;
}

/**
 * Null where the coordinator adds none. The sensitivity is what a contribution may be long at the door, or as a row of whole numbers. The sum is divided by how
 * many contributed, which who took part tells anyhow; or, where nobody may learn who was drawn, by how many are drawn on average.
 */
export function drawNoise(
  settings: TaskSettings,
  {
    contributions,
    drawnFrom,
    values,
  }: {
    readonly contributions: number;
    readonly drawnFrom: number | null;
    /** Of one contribution. */
    readonly values: number;
  },
): NoiseSource | null {
  const { clipNorm, noiseMultiplier } = settings.privacy;
  if (mechanismOf(settings) !== 'central' || clipNorm === undefined || noiseMultiplier === undefined)
    return null;
  const drawn = drawnFrom === null ? contributions : Math.max(1, drawnFrom * coinChanceOf(settings));
  const masked = noisedPointOf(settings, values);
  const sensitivity = masked === null ? clipNorm * roundingRoom : masked.sensitivity * unitOf(masked);
  return { seed: randomBytes(32), deviation: noiseMultiplier * sensitivity, divisor: drawn };
}

/** The same source gives the same numbers. */
export function sumNoise({ seed, deviation, divisor }: NoiseSource): SumNoise {
  return { normal: gaussianNoise(seededBytes(seed)), deviation, divisor };
}
