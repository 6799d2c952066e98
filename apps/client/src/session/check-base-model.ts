// Is the base model in this folder the group's? Asked before anything is trained, since adapters trained on
// another model's weights would spoil everybody's checkpoint.
import { openBaseModel } from '@colora/models/base-model';
import { differingPart } from '@colora/models/weights/fingerprint';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { ClientError } from '../client-error.ts';
import type { FindBaseModel } from './client-options.ts';

/** The folder of the base model, checked; `given` is it or finds it. Throws what checkBaseModel and the finder throw. */
export async function findBaseModel(
  given: string | FindBaseModel,
  expected: TaskSettings['baseModel'],
): Promise<string> {
  const folder = typeof given === 'string' ? given : await given(expected);
  await checkBaseModel(folder, expected);
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
