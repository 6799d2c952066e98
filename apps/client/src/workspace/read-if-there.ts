// A small file of the workspace, whole. Larger ones are streamed where they are used.
import { readFile } from 'node:fs/promises';
import { fileProblem } from '@colora/protocol/failures/file-problem';

/** Null where there is none. Throws FileProblem naming it where it cannot be read. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileProblem(error, 'read', path);
  }
}
