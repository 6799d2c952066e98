// What a folder of data shows: hidden names are left out, links stand for what they point to.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../training-error.ts';

export interface VisibleEntry {
  readonly name: string;
  readonly kind: 'folder' | 'file' | 'other';
}

/**
 * In the order of their names. Links are followed, out of the folder too. Throws DataError for a link to nothing, and
 * what the file system throws.
 */
export async function visibleEntries(folder: string): Promise<VisibleEntry[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isHidden(name));
  const found = await Promise.all(
    entries.map(async (entry): Promise<VisibleEntry> => {
      const real = entry.isSymbolicLink() ? await target(join(folder, entry.name)) : entry;
      const kind = real.isDirectory() ? 'folder' : real.isFile() ? 'file' : 'other';
      return { name: entry.name, kind };
    }),
  );
  return found.sort((a, b) => inOrder(a.name, b.name));
}

/** The same on every system: some write names decomposed. */
export function inOrder(a: string, b: string): number {
  const [one, other] = [a.normalize('NFC'), b.normalize('NFC')];
  return one === other ? 0 : one < other ? -1 : 1;
}

/** `.name`, and the `~$name` that Office puts beside a file while it is open. */
function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('~$');
}

async function target(link: string) {
  try {
    return await stat(link);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ELOOP') throw error;
    throw new DataError({ file: link }, 'is a link to nothing; mend it or take it away', { cause: error });
  }
}
