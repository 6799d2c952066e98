// Which modules a task's adapters sit on: the targets, of those that the task's forward pass goes through.
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import type { Linear } from '@colora/adapters/layouts';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { taskOf } from '../tasks/tasks.ts';

/** Throws AdapterError for a target that is none of them. */
export function taskModules(
  linears: readonly Linear[],
  { task, adapter }: Pick<TaskSettings, 'task' | 'adapter'>,
): Linear[] {
  const { passes } = taskOf(task);
  return chooseTargets(
    linears.filter(({ name }) => passes(name)),
    adapter.targets,
  );
}
