// Files that appear whole or not at all: written beside under a name of their own, then renamed.
// Several processes may write the same file at a time; the last one wins.
import { randomUUID } from 'node:crypto';
import { access, rm, writeFile } from 'node:fs/promises';
import { renameOver } from '@colora/protocol/failures/rename-over';

export async function writeWholeFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(temporary, content);
    await renameOver(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether it has appeared. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
