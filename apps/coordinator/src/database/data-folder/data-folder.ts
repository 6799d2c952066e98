// The data folder as its owner's alone: hashes of keys, every member's updates and the first admin key lie there. How files are
// made so is private-node-fs.ts; here those of an earlier version, or copied by hand, are mended, and the key has its place.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeOursPrivate } from '@colora/protocol/environment/private-files';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import type { Logger } from 'pino';
import { StartError } from '../../start-error.ts';

const keyFile = 'admin.key';
const isOurs = (name: string) =>
  /^(database|coordinator\.lock|admin\.key|\.probe-\d+|backup-[0-9a-f-]{36}(\.\w+)?)$/.test(name);

/** What can't be closed (another user's file, a disk without rights) is warned of. */
export function closeToOthers(folder: string, log: Logger): void {
  const open = makeOursPrivate(folder, isOurs);
  if (open !== null)
    log.warn(
      { path: open },
      'others on this machine may read a part of the data folder: chmod -R go-rwx closes it',
    );
}

/** Puts the first admin key into a file of the data folder that its owner alone may read; returns its path. Throws StartError. */
export function writeAdminKey(folder: string, key: string): string {
  const path = join(folder, keyFile);
  try {
    makeFolder(folder, 0o700);
    rmSync(path, { force: true }); // one with other rights would keep them
    writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
    return path;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartError(
      `the first admin key can't be written to ${path} (${code}): choose a folder that is writable for this user with --data or COLORA_DATA, or preset the key with COLORA_ADMIN_KEY`,
      { cause: error },
    );
  }
}
