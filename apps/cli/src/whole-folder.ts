// A folder that is written whole or not at all: made beside its place under another name, and moved there when complete.
// What is written is the caller's affair.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makePrivate } from '@colora/protocol/environment/private-files';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { renameOver } from '@colora/protocol/failures/rename-over';
import { UsageError } from './usage-error.ts';

/**
 * Calls `write` with an empty folder and moves what it holds to `target`; files of the same names there are replaced, others
 * stay. Where anything fails, `target` is as it was. `flag` names it. Throws UsageError where it is a file, FileProblem.
 */
export async function writeWholeFolder<Result>(
  target: string,
  flag: string,
  write: (folder: string) => Promise<Result>,
): Promise<Result> {
  const place = resolve(target);
  if ((await stat(place).catch(() => undefined))?.isDirectory() === false) {
    throw new UsageError(`${flag}: ${target} is a file; name a folder`);
  }
  const folder = `${place}.writing-${randomBytes(6).toString('hex')}`;
  const all = async () => {
    makeFolder(dirname(place));
    await mkdir(folder);
    const result = await write(folder);
    makePrivate(folder); // files that were copied have the rights of those they were copied from
    await moveInto(folder, place);
    return result;
  };
  try {
    return await withFile('write', target, all, `${flag} names another folder`);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined); // what failed is said already
  }
}

async function moveInto(folder: string, place: string): Promise<void> {
  const held = await readdir(place).catch(() => []);
  if (held.length === 0) {
    await rmdir(place).catch(() => undefined); // not there, most often
    await renameOver(folder, place);
    return;
  }
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const [from, to] = [join(folder, entry.name), join(place, entry.name)];
    if (entry.isDirectory()) await moveInto(from, to);
    else await renameOver(from, to);
  }
}
