// From what an admin gives of a budget to the whole of it, before a group is made or changed: epsilon and delta give the noise,
// noise and delta give the epsilon. What is accounted for how is packages/privacy's.
import { noiseForBudget } from '@colora/privacy/accounting/noise-for-budget';
import { epsilonSpent } from '@colora/privacy/accounting/spending';
import { subsampledGaussian } from '@colora/privacy/accounting/subsampled-gaussian';
import { samplingRateOf } from '@colora/protocol/privacy/budget-settings';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';

/** Throws ProblemError 'invalid-settings' where no noise that there is keeps the budget. */
export function withBudget(settings: TaskSettings): TaskSettings {
  const { privacy, rounds } = settings;
  const { epsilon, delta, noiseMultiplier } = privacy;
  if (delta === undefined) return settings;
  const rate = samplingRateOf(settings);
  if (noiseMultiplier !== undefined) {
    if (epsilon !== undefined) return settings;
    const told = epsilonSpent([{ noiseMultiplier, rate, rounds: rounds.count }], delta);
    if (told > mostEpsilon)
      throw noBudget(`noise of ${noiseMultiplier} clip norms hides nothing over ${rounds.count} rounds`);
    return { ...settings, privacy: { ...privacy, epsilon: roundedUp(told) } };
  }
  const solved = noiseForBudget({ epsilon: epsilon!, delta }, rounds.count, (z) =>
    subsampledGaussian(z, rate),
  );
  if (solved === null)
    throw noBudget(`no noise keeps ${rounds.count} rounds within epsilon ${epsilon} at delta ${delta}`);
  return { ...settings, privacy: { ...privacy, noiseMultiplier: solved } };
}

/** As the schema has it. */
const mostEpsilon = 1e4;

function noBudget(why: string): ProblemError {
  return new ProblemError('invalid-settings', `${why}: take fewer rounds, or another budget`);
}

/** To four figures: what is told is never less than what is spent. */
function roundedUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(Math.max(value, 1e-3))) - 3);
  return Math.max(1e-3, Number((Math.ceil(value / unit) * unit).toPrecision(4)));
}
