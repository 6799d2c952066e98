// Version 0 of a task group's shared tensors, drawn by the admin's side before any training.
import { initialHead } from '@colora/adapters/head';
import { initialise } from '@colora/adapters/initialise';
import { openBaseModel } from '@colora/models/base-model';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { initialControls } from '../optimizers/scaffold.ts';
import { modelParts } from '../programs/model-parts.ts';
import { taskOf } from '../tasks/tasks.ts';

/**
 * All shared adapter tensors, a head row for every label of the task (unless heads are personal), and where the group
 * trains with controls those of all of them.
 * Throws ModelError, AdapterError or TrainingError where base model and settings don't fit each other.
 */
export async function initialShared(
  baseModelFolder: string,
  settings: TaskSettings,
  seed: string | number,
): Promise<TensorMap> {
  const base = await openBaseModel(baseModelFolder);
  const labels = taskOf(settings.task).head(settings.task)?.labels ?? [];
  const parts = modelParts(base, settings, labels);
  return new Map([
    ...initialise(settings.adapter, parts.modules, 'shared', seed),
    ...initialHead(parts.head.shared, parts.featureSize),
    ...(settings.training.controls ? initialControls(parts.shared) : []),
  ]);
}
