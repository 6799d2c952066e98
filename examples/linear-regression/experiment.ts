// Which cells (participants x observations) are measured, and how one is. No output here (main.ts).
import { recoverAlone } from './alone.ts';
import { recoverTogether } from './collaborate.ts';
import { median } from './median.ts';
import { createProblem, relativeError } from './problem.ts';

export interface Plan {
  readonly dimension: number;
  readonly rank: number;
  readonly noise: number;
  readonly seeds: readonly number[];
  /** Numbers of participants that work together; 1 stands for alone. */
  readonly participants: readonly number[];
  /** Observations of each participant. */
  readonly samples: readonly number[];
  /** Together, cells with more observations than this, each or in all, are left out. */
  readonly largest: { readonly each: number; readonly all: number };
}

export interface Cell {
  readonly participants: number;
  readonly samples: number;
  /** Median over the participants of |estimate - M_i| / |M_i|, mean over the seeds. */
  readonly error: number;
}

const reference = { dimension: 64, rank: 4, noise: 0.05, participants: [8, 16, 32, 64, 1] };
const samples = [32, 64, 96, 128, 256, 512, 1024];

export const quickPlan: Plan = { ...reference, samples, seeds: [1], largest: { each: 256, all: 4096 } };
export const fullPlan: Plan = {
  ...reference,
  samples: [...samples, 2048],
  seeds: [1, 2, 3],
  largest: { each: 512, all: 8192 },
};

const rounds = 30;
const aloneIterations = 15;
const aloneParticipants = 2; // one after the other: the median of few is enough where nothing is shared

/** Measures row by row (one number of participants each) and tells each finished row to `onRow`. */
export function runPlan(plan: Plan, onRow: (row: Cell[]) => void): Cell[] {
  return plan.participants.flatMap((participants) => {
    const row = plan.samples
      .filter((samples) => participants === 1 || isSmall(plan, participants, samples))
      .map((samples) => ({ participants, samples, error: meanError(plan, participants, samples) }));
    onRow(row);
    return row;
  });
}

function isSmall({ largest }: Plan, participants: number, samples: number): boolean {
  return samples <= largest.each && samples * participants <= largest.all;
}

function meanError(plan: Plan, participants: number, samples: number): number {
  const errors = plan.seeds.map((seed) => measure(plan, participants, samples, seed));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

/** One cell on one problem: the median relative error over its participants. */
export function measure(
  { dimension, rank, noise }: Pick<Plan, 'dimension' | 'rank' | 'noise'>,
  participants: number,
  samples: number,
  seed: number,
): number {
  const problem = createProblem({ dimension, rank, noise, seed });
  const isAlone = participants === 1;
  const count = isAlone ? aloneParticipants : participants;
  const everyone = Array.from({ length: count }, (_, i) => problem.observe(i, samples));
  const estimates = isAlone
    ? everyone.map((data) => recoverAlone(data, rank, aloneIterations))
    : recoverTogether(everyone, { rank, rounds });
  return median(estimates.map((estimate, i) => relativeError(estimate, everyone[i]!.truth)));
}
