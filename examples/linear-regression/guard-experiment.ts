// The guard against observations per participant, for people who share their spaces and for strangers among them, who have
// spaces of their own. No output here (main.ts).
import { recoverAlone } from './alone.ts';
import { collaborate, recoverTogether } from './collaborate.ts';
import { mix, weightOfTogether } from './guard.ts';
import { median } from './median.ts';
import { createProblem, type Observations, relativeError } from './problem.ts';

export interface GuardPlan {
  readonly dimension: number;
  readonly rank: number;
  readonly noise: number;
  readonly seeds: readonly number[];
  readonly related: number;
  readonly strangers: number;
  /** So many of each kind are looked at: for each of them the others work once without it. */
  readonly looked: number;
  readonly samples: readonly number[];
}

export const guardPlan: GuardPlan = {
  ...{ dimension: 32, rank: 2, noise: 0.05 },
  ...{ seeds: [1, 2], related: 10, strangers: 2, looked: 1 },
  samples: [16, 32, 64, 128, 256],
};

export const kinds = ['related', 'stranger'] as const;
export const estimates = ['alone', 'together', 'guarded'] as const;

/** Median relative errors, and the median weight of the common estimate. */
export type GuardErrors = Readonly<Record<(typeof estimates)[number] | 'weight', number>>;
export type GuardCell = Readonly<Record<(typeof kinds)[number], GuardErrors>>;

const rounds = 30;
const iterations = 15;

export function measureGuard(plan: GuardPlan, samples: number): GuardCell {
  const found = plan.seeds.map((seed) => measureSeed(plan, samples, seed));
  const of = (kind: (typeof kinds)[number]): GuardErrors => {
    const errors = found.flatMap((one) => one[kind]);
    const middle = (name: keyof GuardErrors) => median(errors.map((error) => error[name]));
    return {
      alone: middle('alone'),
      together: middle('together'),
      guarded: middle('guarded'),
      weight: middle('weight'),
    };
  };
  return { related: of('related'), stranger: of('stranger') };
}

function measureSeed(plan: GuardPlan, samples: number, seed: number) {
  const { dimension, rank, noise, related, strangers, looked } = plan;
  const settings = { dimension, rank, noise };
  const common = createProblem({ ...settings, seed });
  const everyone: Observations[] = [
    ...Array.from({ length: related }, (_, i) => common.observe(i, samples)),
    ...Array.from({ length: strangers }, (_, i) =>
      createProblem({ ...settings, seed: 1000 * (seed + 1) + i }).observe(0, samples),
    ),
  ];
  const together = recoverTogether(everyone, { rank, rounds });
  const look = (participant: number): GuardErrors => {
    const data = everyone[participant]!;
    const others = everyone.filter((_, other) => other !== participant);
    const { shared } = collaborate(others, { rank, rounds });
    const weight = weightOfTogether(data, shared, { rank, iterations });
    const alone = recoverAlone(data, rank, iterations);
    const error = (estimate: typeof alone) => relativeError(estimate, data.truth);
    return {
      alone: error(alone),
      together: error(together[participant]!),
      guarded: error(mix(alone, together[participant]!, weight)),
      weight,
    };
  };
  const first = (start: number, count: number) =>
    Array.from({ length: Math.min(looked, count) }, (_, i) => look(start + i));
  return { related: first(0, related), stranger: first(related, strangers) };
}
