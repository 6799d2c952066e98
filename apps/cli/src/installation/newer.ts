// Where a newer colora comes from: the registry that npm is set up with, asked only here, or a folder of tarballs, which needs no line.
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { UsageError } from '../usage-error.ts';
import type { Packages } from './installation.ts';
import { npmOrThrow } from './npm.ts';
import { tarballOf, versionsIn } from './versions.ts';

export interface Offer {
  readonly version: string;
  /** What npm is told to install. */
  readonly specs: readonly string[];
  /** In words. */
  readonly source: string;
}

/** Its newest version. Throws an Error with npm's words where it can't be asked. */
export async function offerOfRegistry({ names }: Packages): Promise<Offer> {
  const version = (await npmOrThrow(['view', 'colora', 'version'])).trim();
  const source = (await npmOrThrow(['config', 'get', 'registry'])).trim();
  // the package of this system comes as a part of colora
  const wanted = names.filter((name) => !name.startsWith('@colora/native-'));
  return { version, specs: wanted.map((name) => `${name}@${version}`), source };
}

/** `from`: as `npm run pack` leaves them. Throws UsageError where one of the packages that are installed is missing, FileProblem. */
export async function offerOfFolder({ names }: Packages, from: string): Promise<Offer> {
  const folder = resolve(from);
  const files = await withFile('read the folder', folder, () => readdir(folder), '--from names it');
  const [version] = versionsIn(files);
  if (version === undefined) throw new UsageError(`--from: ${folder} has no colora-VERSION.tgz`);
  const tarballs = names.map((name) => tarballOf(name, version));
  const missing = tarballs.filter((name) => !files.includes(name));
  if (missing.length > 0) throw new UsageError(`--from: ${folder} has no ${missing.join(', no ')}`);
  return { version, specs: tarballs.map((name) => join(folder, name)), source: folder };
}

/** Of the package that is installed now. */
export async function installedVersion({ modules }: Packages): Promise<string> {
  const file = join(modules, 'colora/package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}
