// What all packages of `npm run pack` have in common: their manifests, and which versions of other packages they name.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile, Plugin } from 'esbuild';
import { addressed } from '../bundle-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Versions {
  /** Ours. */
  readonly version: string;
  readonly description: string;
  versionOf(name: string): string;
  /** Of those that a workspace names as optional. */
  readonly isOptional: (name: string) => boolean;
  /** Exactly what the lock file has: what was tested. */
  of(names: readonly string[]): Record<string, string>;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readVersions(workspaces: readonly string[]): Versions {
  const { version, description = '' } = readManifest('package.json');
  const lock: { packages: Record<string, { version?: string }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const manifests = workspaces.map((place) => readManifest(join(place, 'package.json')));
  const optional = new Set(
    manifests.flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies)),
  );
  const versionOf = (name: string) => {
    const places = ['', ...workspaces.map((place) => `${place}/`)];
    const found = places.map((place) => lock.packages[`${place}node_modules/${name}`]?.version);
    const known = found.find((one) => one !== undefined);
    if (known === undefined) throw new Error(`the lock file has no ${name}`);
    return known;
  };
  return {
    version,
    description,
    versionOf,
    isOptional: (name) => optional.has(name),
    of: (names) => Object.fromEntries([...names].sort().map((name) => [name, versionOf(name)])),
  };
}

/** Modules of `house` find what lies beside them in `files`, beside their bundle. */
export function addressedBeside(house: string): Plugin {
  const place = (path: string) => JSON.stringify(`files/${relative(house, path).replaceAll('\\', '/')}`);
  return addressed((path) => `new URL(${place(path)}, import.meta.url).href`);
}

/**
 * What a bundle of these workspaces needs beside it: what it imports, and what its workspaces name, for some is found by its name at
 * run time. Not what became part of it, nor peers that members may install by themselves.
 */
export function neededBeside({ inputs, outputs }: Metafile, workspaces: readonly string[]): string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const names = imports
    .filter(({ external, path }) => external && !isBuiltin(path))
    .map(({ path }) => packageOf(path));
  const named = workspaces.flatMap((place) => {
    const { dependencies, optionalDependencies } = readManifest(join(place, 'package.json'));
    return Object.keys({ ...dependencies, ...optionalDependencies });
  });
  const swallowed = new Set(Object.keys(inputs).flatMap((path) => packageIn(path) ?? []));
  return [...new Set([...names, ...named.filter((name) => !swallowed.has(name))])]
    .filter((name) => !/^(@colora\/.*|tsx|@tensorflow\/tfjs-node(-gpu)?)$/.test(name))
    .sort();
}

/** The package that a file of `node_modules` is of. */
function packageIn(path: string): string | undefined {
  const [, inside] = /.*node_modules\/(.+)$/.exec(path.replaceAll('\\', '/')) ?? [];
  return inside === undefined ? undefined : packageOf(inside);
}

function packageOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** Writes manifest and licence. */
export function packed(target: string, manifest: Readonly<Record<string, unknown>>): void {
  mkdirSync(target, { recursive: true });
  const { version } = readManifest('package.json');
  const common = { version, license: 'Apache-2.0', type: 'module', engines: { node: '>=20.19' } };
  const text = { name: manifest.name, ...common, ...manifest };
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(text, null, 2)}\n`);
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
}
