// Profiles on the disk: a file each, <config folder>/profiles/<name>.json, which its user alone may read. A file that is whole or not
// there needs no lock: several daemons that join at once make several files, and who forgets one touches no other.
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '@colora/client/workspace/atomic-file';
import { isReservedName, namePattern } from '@colora/protocol/bounds/names';
import { fileProblem } from '@colora/protocol/failures/file-problem';
import { UsageError } from '../usage-error.ts';
import { formatProfile, mostProfileBytes, type Profile, parseProfile } from './profile.ts';

/** More than anybody joins; who forgets none of them is told. */
const mostProfiles = 200;

export interface Remembered {
  /** By name. */
  readonly profiles: readonly Profile[];
  /** Files that hold none. */
  readonly damaged: readonly DamagedProfile[];
}

export interface DamagedProfile {
  readonly name: string;
  /** Which file, what is wrong with it, and what to do. */
  readonly why: string;
}

const ending = '.json';
const folderIn = (config: string) => join(config, 'profiles');
const pathOf = (config: string, name: string) => join(folderIn(config), `${name}${ending}`);

/** May a profile be called so? A file of the name has to be one everywhere. */
export const isProfileName = (name: string) => namePattern.test(name) && !isReservedName(name);

/** `config`: the folder that config.ts names; null: there is none. Throws FileProblem where it cannot be read. */
export async function readProfiles(config: string | null): Promise<Remembered> {
  const names = config === null ? [] : await namesIn(folderIn(config));
  const read = await Promise.all(names.map((name) => readProfile(config!, name)));
  return {
    profiles: read.flatMap((one) => (one !== null && 'kind' in one ? [one] : [])),
    damaged: read.flatMap((one) => (one !== null && 'why' in one ? [one] : [])),
  };
}

/** The same for who acts on one of them. Throws UsageError where a file holds none: the one that was meant may be in it. */
export async function readWholeProfiles(config: string | null): Promise<readonly Profile[]> {
  const { profiles, damaged } = await readProfiles(config);
  if (damaged.length === 0) return profiles;
  throw new UsageError(damaged.map(({ why }) => why).join('\n'));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const files = await readdir(folder);
    return files
      .flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : []))
      .filter(isProfileName)
      .sort()
      .slice(0, mostProfiles);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw fileProblem(error, 'read the folder', folder);
  }
}

/** Null where it is gone by now. */
async function readProfile(config: string, name: string): Promise<Profile | DamagedProfile | null> {
  const path = pathOf(config, name);
  const advice = `remove it (colora profiles forget ${name}) and join or log in again; no key is in it`;
  const damaged = (what: string) => ({ name, why: `${path}: ${what}; ${advice}` });
  try {
    if ((await stat(path)).size > mostProfileBytes) return damaged('it is larger than a profile');
    return parseProfile(name, await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const told = fileProblem(error, 'read', path);
    return told === error ? damaged((error as Error).message) : { name, why: (told as Error).message };
  }
}

/** Writes it in the place of the one of that name. Throws FileProblem. */
export async function replaceProfile(config: string, profile: Profile): Promise<void> {
  await writeAtomic(pathOf(config, profile.name), formatProfile(profile));
}

/** False where there is one of that name already, which stays. Throws UsageError where there are too many, and FileProblem. */
export async function addProfile(config: string, profile: Profile): Promise<boolean> {
  const folder = folderIn(config);
  if ((await namesIn(folder)).length >= mostProfiles)
    throw new UsageError(
      `colora remembers ${mostProfiles} profiles already: colora profiles list shows them, and colora profiles forget takes one out`,
    );
  const path = pathOf(config, profile.name);
  const draft = join(folder, `${profile.name}.draft-${randomUUID()}`);
  try {
    await writeAtomic(draft, formatProfile(profile));
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileProblem(error, 'write', path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** False where there is none. With the last one its folders go, if nothing else is in them. */
export async function removeProfile(config: string, name: string): Promise<boolean> {
  const path = pathOf(config, name);
  try {
    await rm(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw fileProblem(error, 'remove', path);
  }
  for (const folder of [folderIn(config), config]) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false, // something else is in it
    );
    if (!isGone) break;
  }
  return true;
}
