// A folder with those above it. Node's own `recursive` never ends where a folder exists in which none can be made (/proc): mkdir
// says then that something is missing, as it does of a folder whose parent isn't there, and it tries again for ever.
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Does nothing where it is there. Throws the system's error: ENOTDIR and EEXIST where a file is in the way. */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing = [resolve(folder)];
  for (let at = dirname(missing[0]!); !isThere(at) && at !== missing[0]; at = dirname(at))
    missing.unshift(at);
  for (const one of missing) makeOne(one, mode);
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    const isFolder = (error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(folder).isDirectory();
    if (!isFolder) throw error;
  }
}

const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;
