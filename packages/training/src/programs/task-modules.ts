// Which modules a task's adapters sit on: the targets, of those that the task's forward pass goes through.
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import type { Linear } from '@colora/adapters/layouts';
import type { TaskSettings } from '@colora/protocol/task-settings';

/** A pooler makes the vector of a whole text; the states of tokens don't pass through it. Throws AdapterError. */
export function taskModules(
  linears: readonly Linear[],
  { task, adapter }: Pick<TaskSettings, 'task' | 'adapter'>,
): Linear[] {
  const passed =
    task.kind === 'token-classification'
      ? linears.filter(({ name }) => !/(^|\.)pooler(\.|$)/.test(name))
      : linears;
  return chooseTargets(passed, adapter.targets);
}
