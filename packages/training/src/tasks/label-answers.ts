// What the kinds of tasks that choose among labels have in common, whether they label texts or words: the head, the
// probabilities behind its logits and how many are right.
import type { HeadOwnership } from '@colora/adapters/head';
import { type EvaluatedBatch, outputOf } from './evaluated-batch.ts';
import type { Figures, TaskHead } from './task.ts';

/** A row a label. */
export function labelHead(settings: {
  readonly labels: readonly string[];
  readonly head: HeadOwnership;
  readonly headScale: number;
}): TaskHead {
  return { labels: settings.labels, ownership: settings.head, scale: settings.headScale };
}

/** Softmax of the logits [B * max(R, 1), L]: an example, an answer (its text, or a word that has a token), a label. */
export function probabilitiesOf(batches: readonly EvaluatedBatch[], labelCount: number): number[][][] {
  return batches.flatMap((batch) => {
    const { examples, shape } = batch;
    const logits = outputOf(batch, 'logits');
    return examples.map(({ targets }, index) =>
      shape.targets === 0
        ? [softmaxRow(logits, index, labelCount)]
        : targets.positions.map((_, word) => softmaxRow(logits, index * shape.targets + word, labelCount)),
    );
  });
}

/** `right`: for each example, at least one in all, the indices of its right labels, -1 for one that the learner doesn't have: it counts as wrong. */
export function labelFigures(
  right: readonly (readonly number[])[],
  probabilities: readonly (readonly (readonly number[])[])[],
): Figures & { readonly allKnown: boolean } {
  let answers = 0;
  let known = 0;
  let hits = 0;
  let loss = 0;
  right.forEach((labels, example) => {
    labels.forEach((label, answer) => {
      answers += 1;
      if (label < 0) return;
      const row = probabilities[example]![answer]!;
      known += 1;
      loss -= Math.log(Math.max(row[label]!, Number.MIN_VALUE));
      if (largest(row) === label) hits += 1;
    });
  });
  const mean = known === 0 ? {} : { loss: loss / known };
  return { accuracy: hits / answers, ...mean, allKnown: known === answers };
}

/** The index of the largest value; the first of equals. */
export function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

/** Row `row` of logits [N, L] as probabilities. */
function softmaxRow(logits: Float32Array, row: number, count: number): number[] {
  const scores = [...logits.subarray(row * count, (row + 1) * count)];
  const top = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - top));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
