// Which labels of a task a learner's examples use: those whose head rows it has.
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Example } from '../data/example.ts';
import { TrainingError } from '../training-error.ts';

/** In the task's order; an unknown label is an error that names it. */
export function ownLabels(task: TaskSettings['task'], examples: readonly Example[]): string[] {
  if (task.kind === 'causal-lm') return [];
  const own = new Set(examples.flatMap(labelsOf));
  const unknown = [...own].find((label) => !task.labels.includes(label));
  if (unknown !== undefined) {
    throw new TrainingError('wrong-task', `label ${JSON.stringify(unknown)} is not one of the task's labels`);
  }
  return task.labels.filter((label) => own.has(label));
}

function labelsOf(example: Example): readonly string[] {
  if ('tags' in example) return example.tags;
  return 'label' in example ? [example.label] : [];
}
