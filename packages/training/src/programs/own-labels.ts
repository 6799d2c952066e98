// Which labels of a task a learner's examples use: those whose head rows it has.
import type { TaskSettings } from '@colora/protocol/task-settings';
import { type Example, taskOf } from '../tasks/tasks.ts';
import { TrainingError } from '../training-error.ts';

/** In the task's order; an unknown label is an error that names it. */
export function ownLabels(settings: TaskSettings['task'], examples: readonly Example[]): string[] {
  const task = taskOf(settings);
  const labels = task.head(settings)?.labels ?? [];
  const own = new Set(examples.filter(task.isExample).flatMap(task.labelsOf));
  const unknown = [...own].find((label) => !labels.includes(label));
  if (unknown !== undefined) {
    throw new TrainingError('wrong-task', `label ${JSON.stringify(unknown)} is not one of the task's labels`);
  }
  return labels.filter((label) => own.has(label));
}
