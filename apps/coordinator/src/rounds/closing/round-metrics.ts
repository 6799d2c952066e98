// The figures of a round, from what its contributions said of themselves. How they are shown is round-handlers.ts's.
import { shownFigure } from '@colora/protocol/bounds/figure-ranges';
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';

interface ContributionFigures {
  readonly weight: number;
  readonly norm: number;
  readonly examples: number;
  readonly personalLoss: number | null;
  readonly sharedLoss: number | null;
  readonly blob: { readonly bytes: number };
}

/** `now` is the database's, as `openedAt`. Losses are means weighted like the update itself, over those that reported one. */
export function roundMetrics(
  round: { openedAt: Date; attempt: number },
  contributions: readonly ContributionFigures[],
  now: Date,
  settings: Pick<TaskSettings, 'privacy'>,
): Record<string, number> {
  const metrics = maskedMetrics(round, contributions, now);
  if (isAccounted(settings)) return metrics; // what follows is of members' values, and not noised
  metrics.examples = contributions.reduce((sum, { examples }) => sum + examples, 0);
  const figures = {
    personalLoss: weightedMean(contributions, 'personalLoss'),
    sharedLoss: weightedMean(contributions, 'sharedLoss'),
    contributionNorm: weightedMean(contributions, 'norm'),
  };
  for (const [name, value] of Object.entries(figures)) if (value !== null) metrics[name] = value;
  return metrics;
}

/** Of a masked round: contributions say nothing of themselves there, and losses come out of their sum. */
export function maskedMetrics(
  round: { openedAt: Date; attempt: number },
  contributions: readonly Pick<ContributionFigures, 'blob'>[],
  now: Date,
): Record<string, number> {
  return {
    contributions: contributions.length,
    uploadBytes: contributions.reduce((sum, { blob }) => sum + blob.bytes, 0),
    retries: round.attempt - 1,
    seconds: (now.getTime() - round.openedAt.getTime()) / 1000,
  };
}

function weightedMean(
  contributions: readonly ContributionFigures[],
  name: 'personalLoss' | 'sharedLoss' | 'norm',
): number | null {
  let sum = 0;
  let weights = 0;
  for (const contribution of contributions) {
    const value = contribution[name];
    if (value === null) continue;
    sum += contribution.weight * shownFigure(name, value);
    weights += contribution.weight;
  }
  return weights > 0 ? sum / weights : null;
}
