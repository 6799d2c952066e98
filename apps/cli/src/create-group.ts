// Creates a task group with its initial checkpoint: checks the base model here, where it is, draws the
// shared tensors' start by the group's seed and uploads them as version 0.

import { isDeepStrictEqual } from 'node:util';
import { adopt } from '@colora/adapters/adopt';
import type { FoldedAdapter } from '@colora/adapters/fold';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { type ApiClient, ApiProblem, type RouteAnswer } from '@colora/protocol/api-client';
import type { TaskGroup } from '@colora/protocol/entities';
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import { sha256Hex } from '@colora/protocol/sha256';
import {
  settledSettings,
  type TaskSettings,
  type TaskSettingsInput,
  taskSettingsSchema,
} from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { initialShared } from '@colora/training/learning/initial-checkpoint';
import { taskModules } from '@colora/training/programs/task-modules';
import { localName } from './base-model/base-model-name.ts';

export interface NewTaskGroup {
  readonly name: string;
  readonly access: 'open' | 'invitation';
  /** Folder of the base model. */
  readonly baseModel: string;
  /** What members know it by (resolve-base-model.ts); the folder's name unless told. */
  readonly baseModelName?: string;
  readonly settings: Omit<TaskSettingsInput, 'baseModel'>;
  /** A LoRA by module name that the shared part starts from, instead of the seed's own start. */
  readonly adapter?: ReadonlyMap<string, FoldedAdapter>;
}

interface Prepared {
  readonly settings: TaskSettings;
  /** Of the initial checkpoint. */
  readonly tensors: TensorMap;
}

/** Throws when the settings or the base model don't fit. */
async function prepare(group: NewTaskGroup): Promise<Prepared> {
  const base = await openBaseModel(group.baseModel);
  const given = taskSettingsSchema.parse({
    ...group.settings,
    baseModel: {
      name: group.baseModelName ?? localName(base.folder),
      modelType: base.modelType,
      fingerprint: base.fingerprint,
    },
  });
  const settings = settledSettings(given);
  const drawn = await initialShared(group.baseModel, settings, settings.seed);
  const adopted = group.adapter === undefined ? [] : adoptedStart(base, settings, group.adapter);
  return { settings, tensors: new Map([...drawn, ...adopted]) };
}

/** What the group would mean, by the coordinator's word; nothing is created. `stepSeconds`: what a step takes a machine like this. */
export async function planTaskGroup(
  api: ApiClient,
  group: NewTaskGroup,
  stepSeconds: number,
): Promise<RouteAnswer<'createGroup'>> {
  const { settings, tensors } = await prepare(group);
  const { name, access } = group;
  const shapes = [...tensors].map(([tensor, { shape }]) => ({ name: tensor, shape: [...shape] }));
  const body = { name, access, settings, announced: { tensors: shapes, stepSeconds } };
  return await api.call('createGroup', { query: { 'dry-run': 'true' }, body });
}

/**
 * Creates the group and uploads checkpoint 0; a draft with the very same settings, left by an attempt that was
 * cut off in between, is completed. Throws when the settings or the base model don't fit.
 */
export async function createTaskGroup(api: ApiClient, group: NewTaskGroup): Promise<TaskGroup> {
  const { settings, tensors } = await prepare(group);
  const bytes = encode(tensors);
  const { name, access } = group;
  try {
    await api.call('createGroup', { body: { name, access, settings } });
  } catch (error) {
    if (!(await isUnfinishedDraft(api, error, { name, access, settings }))) throw error;
  }
  const sha256 = sha256Hex(bytes);
  await api.call('putInitialCheckpoint', { params: { group: name }, bytes, sha256 });
  return api.call('showGroup', { params: { group: name } });
}

function adoptedStart(
  { linears }: BaseModel,
  settings: TaskSettings,
  folded: ReadonlyMap<string, FoldedAdapter>,
) {
  return adopt(settings.adapter, taskModules(linears, settings), 'shared', folded, settings.seed);
}

async function isUnfinishedDraft(
  api: ApiClient,
  error: unknown,
  wanted: Pick<TaskGroup, 'name' | 'access' | 'settings'>,
): Promise<boolean> {
  if (!(error instanceof ApiProblem) || !error.is('name-taken')) return false;
  const { state, access, settings } = await api.call('showGroup', { params: { group: wanted.name } });
  const { noiseMultiplier, epsilon } = settings.privacy;
  const solved = isAccounted(settings) ? { noiseMultiplier, epsilon } : {}; // what is left out follows from the rest
  const asked = { ...wanted.settings, privacy: { ...solved, ...wanted.settings.privacy } };
  return (
    state === 'draft' && isDeepStrictEqual({ access, settings }, { access: wanted.access, settings: asked })
  );
}
