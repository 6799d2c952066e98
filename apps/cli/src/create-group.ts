// Creates a task group with its initial checkpoint: checks the base model here, where it is, draws the
// shared tensors' start by the group's seed and uploads them as version 0.
import { createHash } from 'node:crypto';
import { openBaseModel } from '@colora/models/base-model';
import type { ApiClient } from '@colora/protocol/api-client';
import type { TaskGroup } from '@colora/protocol/entities';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors';
import { initialShared } from '@colora/training/initial-checkpoint';

export interface NewTaskGroup {
  readonly name: string;
  readonly access: 'open' | 'invitation';
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly settings: Omit<TaskSettingsInput, 'baseModel'>;
}

/** Creates the group and uploads checkpoint 0. Throws when the settings or the base model don't fit. */
export async function createTaskGroup(api: ApiClient, group: NewTaskGroup): Promise<TaskGroup> {
  const base = await openBaseModel(group.baseModel);
  const settings = taskSettingsSchema.parse({
    ...group.settings,
    baseModel: { name: base.modelType, modelType: base.modelType, fingerprint: base.fingerprint },
  });
  const bytes = encode(await initialShared(group.baseModel, settings, settings.seed));
  const { name, access } = group;
  await api.call('createGroup', { body: { name, access, settings } });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await api.call('putInitialCheckpoint', { params: { group: name }, bytes, sha256 });
  return api.call('showGroup', { params: { group: name } });
}
