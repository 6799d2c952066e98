// How well an update tells how many examples of each label its sender has. Pure.
import type { TensorMap } from '@colora/tensors/tensor';
import {
  countError,
  estimateLabelCounts,
  evenGuess,
  type KnownUpdate,
  type LabelCounts,
} from '@colora/training/attacks/label-counts';
import type { Example } from '@colora/training/tasks/tasks';

export interface LabelFigures {
  readonly estimate: readonly (readonly [label: string, count: number])[];
  /** Mean over labels of how far it is off, and how far a guess of as many of each is. */
  readonly error: number;
  readonly errorOfChance: number;
}

export function labelFigures(
  draws: readonly TensorMap[],
  truth: LabelCounts,
  known: readonly KnownUpdate[],
): LabelFigures | null {
  const total = [...truth.values()].reduce((sum, count) => sum + count, 0);
  const estimates = draws.flatMap((update) => estimateLabelCounts(update, total, known) ?? []);
  if (estimates.length === 0) return null;
  const errors = estimates.map((estimate) => countError(estimate, truth));
  return {
    estimate: [...estimates[0]!],
    error: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    errorOfChance: countError(evenGuess(truth), truth),
  };
}

/** Without each second example of any label but the first: how far rows move is seen where labels aren't even. */
export function skewed(examples: readonly Example[]): Example[] {
  const [first] = examples;
  const label = (example: Example | undefined) =>
    example !== undefined && 'label' in example ? example.label : null;
  let seen = 0;
  return examples.filter((example) => {
    if (label(example) === label(first)) return true;
    seen += 1;
    return seen % 2 === 0;
  });
}

/** Null where examples have no label each. */
export function countLabels(examples: readonly Example[]): LabelCounts | null {
  const counts = new Map<string, number>();
  for (const example of examples) {
    if (!('label' in example)) return null;
    counts.set(example.label, (counts.get(example.label) ?? 0) + 1);
  }
  return counts;
}
