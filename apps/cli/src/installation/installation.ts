// How this colora came here: by npm, for the user or into one folder, out of npx's cache, or as a clone of the repository.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { vanishingScript } from '../service/may-install.ts';
import { runNpm } from './npm.ts';

export interface Packages {
  readonly kind: 'packages';
  /** Where npm is run for it; null: it is installed for the user (npm install -g). */
  readonly folder: string | null;
  /** The node_modules folder that it is in. */
  readonly modules: string;
  /** Of ours. */
  readonly names: readonly string[];
}

export type Installation =
  | Packages
  | { readonly kind: 'cache'; readonly script: string }
  | { readonly kind: 'clone'; readonly script: string };

/** `script`: the launcher's path, links followed. `globally`: npm's folder for the user. `isThere`: is a package in `modules`? */
export function installationOf(
  script: string,
  globally: string | null,
  isThere: (modules: string, name: string) => boolean,
): Installation {
  if (vanishingScript(script) !== null) return { kind: 'cache', script };
  const [, modules] = /^(.*[\\/]node_modules)[\\/]colora[\\/]/.exec(script) ?? [];
  if (modules === undefined) return { kind: 'clone', script };
  const names = ownPackages.filter((name) => isThere(modules, name));
  const folder = modules === globally ? null : modules.replace(/[\\/]node_modules$/, '');
  return { kind: 'packages', folder, modules, names };
}

export const nativePackage = `@colora/native-${process.platform}-${process.arch}`;
const ownPackages = ['colora', nativePackage, '@colora/coordinator'];

/** `script` as in `installationOf`. */
export async function findInstallation(script: string): Promise<Installation> {
  const isThere = (modules: string, name: string) => existsSync(join(modules, name, 'package.json'));
  const found = installationOf(script, null, isThere);
  if (found.kind !== 'packages') return found;
  const { stdout } = await runNpm(['root', '--global']);
  const globally = stdout.trim();
  return installationOf(script, existsSync(globally) ? realpathSync(globally) : null, isThere);
}
