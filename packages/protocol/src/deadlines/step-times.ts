// What members tell of how long a step takes them, what follows for a round, and the deadline that allows for it. Whether a
// group's deadline follows is its settings' to say (rounds-settings.ts).
import { z } from 'zod';
import type { RoundsSettings } from '../rounds-settings.ts';

/** Whole seconds, upwards: how fast a machine is, and nothing finer. */
const stepSeconds = z
  .int()
  .min(1)
  .max(24 * 3600);

/** One member's. */
export const stepTimeSchema = z.strictObject({ stepSeconds });
export type StepTime = z.infer<typeof stepTimeSchema>;

/** For those who run the group. */
export const stepTimesSchema = z.object({
  members: z.int(),
  /** Members who told. */
  told: z.int(),
  /** Steps of a round. */
  steps: z.int(),
  /** Of the slowest of them; null where nobody told. */
  slowestStepSeconds: stepSeconds.nullable(),
  /** Of the rounds to come. */
  deadlineSeconds: z.number(),
});
export type StepTimes = z.infer<typeof stepTimesSchema>;

/** So many times what the slowest trains: the rest is for the way there and back, for evaluation, and for a busier day. */
export const deadlineMargin = 3;
/** A deadline that follows is at most so many times what the group was set to, whatever anybody tells. */
const mostTimes = 10;

/** Seconds that a round may last where the slowest member's steps take `slowestStepSeconds`; null: nobody told. */
export function deadlineFor(
  { deadlineSeconds, adaptDeadline }: Pick<RoundsSettings, 'deadlineSeconds' | 'adaptDeadline'>,
  { steps, slowestStepSeconds }: Pick<StepTimes, 'steps' | 'slowestStepSeconds'>,
): number {
  if (!adaptDeadline || slowestStepSeconds === null) return deadlineSeconds;
  const wanted = deadlineMargin * steps * slowestStepSeconds;
  return Math.min(mostTimes * deadlineSeconds, Math.max(deadlineSeconds, wanted));
}

/** Whether a round of the slowest member's steps fits into its deadline: not, hardly, or well. */
export function deadlineFit({
  steps,
  slowestStepSeconds,
  deadlineSeconds,
}: Pick<StepTimes, 'steps' | 'slowestStepSeconds' | 'deadlineSeconds'>): 'loses' | 'hardly' | 'fits' {
  const round = steps * (slowestStepSeconds ?? 0);
  if (round >= deadlineSeconds) return 'loses';
  return 1.5 * round >= deadlineSeconds ? 'hardly' : 'fits';
}
