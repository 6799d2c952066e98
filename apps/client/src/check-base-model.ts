// Is the base model in this folder the group's? Asked before anything is trained, since adapters trained on
// another model's weights would spoil everybody's checkpoint.
import { openBaseModel } from '@colora/models/base-model';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { ClientError } from './client-error.ts';

/** Throws ClientError 'fingerprint-mismatch', or ModelError where the folder holds no usable model. */
export async function checkBaseModel(folder: string, expected: TaskSettings['baseModel']): Promise<void> {
  const { fingerprint } = await openBaseModel(folder);
  if (fingerprint === expected.fingerprint) return;
  const short = (hash: string) => `sha256 ${hash.slice(0, 12)}…`;
  throw new ClientError(
    'fingerprint-mismatch',
    `the base model in ${folder} (${short(fingerprint)}) is not the group's ${expected.name} (${short(expected.fingerprint)}); use the very same model files`,
  );
}
