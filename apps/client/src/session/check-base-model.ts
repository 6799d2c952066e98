// Is the base model in this folder the group's? Asked before anything is trained, since adapters trained on
// another model's weights would spoil everybody's checkpoint.
import { openBaseModel } from '@colora/models/base-model';
import { differingPart } from '@colora/models/weights/fingerprint';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { untilAborted } from '../abortable.ts';
import { ClientError } from '../client-error.ts';
import type { GroupPaths } from '../workspace/group-workspace.ts';
import { rememberedModel, rememberModel } from '../workspace/remembered-model.ts';
import type { FindBaseModel } from './client-options.ts';

/**
 * The folder of the base model, checked; `given` is it or finds it. A place that the finder names is remembered in the
 * workspace. Throws what checkBaseModel and the finder throw.
 */
export async function findBaseModel(
  given: string | FindBaseModel,
  expected: TaskSettings['baseModel'],
  paths: GroupPaths,
  signal: AbortSignal,
): Promise<string> {
  const { fingerprint } = expected;
  const { folder, source } =
    typeof given === 'string'
      ? { folder: given }
      : await untilAborted(given(expected, await rememberedModel(paths, fingerprint), signal), signal);
  await checkBaseModel(folder, expected);
  if (source !== undefined) await rememberModel(paths, { source, fingerprint });
  return folder;
}

/** Throws ClientError 'fingerprint-mismatch', or ModelError where the folder holds no usable model. */
export async function checkBaseModel(folder: string, expected: TaskSettings['baseModel']): Promise<void> {
  const { fingerprint } = await openBaseModel(folder);
  const part = differingPart(fingerprint, expected.fingerprint);
  if (part === null) return;
  throw new ClientError(
    'fingerprint-mismatch',
    `the base model in ${folder} is not the group's ${expected.name}: ${part} differ; use the very same model files`,
  );
}
