// Are the files that a daemon is given there, and may it read them? Asked before an engine is started or anybody enrolled;
// what they hold is checked when they are read.
import { access, constants } from 'node:fs/promises';
import { causeOf } from '@colora/protocol/failures/network-problem';
import { ClientError } from '../client-error.ts';
import type { ClientOptions } from './client-options.ts';

/** Throws ClientError 'bad-file' naming the first that can't be read. */
export async function checkFiles({
  dataPath,
  heldOutPath,
  baseModel,
}: Pick<ClientOptions, 'dataPath' | 'heldOutPath' | 'baseModel'>): Promise<void> {
  for (const [path, what] of [
    [dataPath, 'the data'],
    [heldOutPath, 'the held-out data'],
    [typeof baseModel === 'string' ? baseModel : undefined, 'the base model folder'],
  ] as const) {
    if (typeof path !== 'string' || path === '-') continue;
    await access(path, constants.R_OK).catch((error) => {
      throw new ClientError(
        'bad-file',
        `${what} ${path} does not exist or cannot be read: ${causeOf(error)}`,
      );
    });
  }
}
