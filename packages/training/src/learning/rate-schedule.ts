// How the rates of local steps rise and fall over a run. Pure; which run a step belongs to is train-round.ts.
import type { TaskSettings } from '@colora/protocol/task-settings';

/** Steps of a phase: those done before, and all there will be. */
export interface ScheduledSteps {
  readonly done: number;
  readonly total: number;
}

/**
 * What the rates are multiplied by in step `step` (from 0) of `total`: t / W over the W steps of warm-up, then 1
 * (constant), or down to nothing after the last step along a line or half a cosine (Loshchilov and Hutter 2017,
 * arXiv 1608.03983, without restarts).
 */
export function rateFactor(
  { schedule, warmup }: Pick<TaskSettings['training'], 'schedule' | 'warmup'>,
  step: number,
  total: number,
): number {
  const rising = Math.round(warmup * total);
  if (step < rising) return (step + 1) / rising;
  if (schedule === 'constant') return 1;
  const passed = Math.min((step - rising) / Math.max(total - rising, 1), 1);
  return schedule === 'linear' ? 1 - passed : (1 + Math.cos(Math.PI * passed)) / 2;
}
