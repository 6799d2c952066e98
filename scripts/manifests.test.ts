// Every package.json against what its sources import, so that `npm ci --omit=dev` gives a running `colora` and brings
// nothing that nobody uses. Type-only imports are erased where the sources run: they count as a developer's.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const workspaces = ['packages', 'apps'].flatMap((kind) =>
  readdirSync(join(root, kind)).map((name) => `${kind}/${name}`),
);
const fromRoot = manifestOf('.').dependencies ?? {};
// tests and what is for them alone; of the database client's code only one module runs
const notRun = /\.test\.[tj]s$|(^|\/)test(ing)?(-|\/)|^generated\/prisma\/(?!internal\/class\.[tj]s$)/;
const imported =
  /(?:^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\sfrom\s+)?|\b(?:import|require|resolve)\()['"`]([@\w][\w@./-]*)(?=['"`]|\$\{)/gm;
const quoted = /'([@\w][\w@./-]*)'/g;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** `zod` of `zod/v4`, `@scope/name` of `@scope/name/file`. */
const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** The production sources of a workspace. */
function sourcesOf(folder: string): { path: string; text: string }[] {
  const parts = readdirSync(join(root, folder)).filter((name) => name === 'src' || name === 'bin');
  return parts.flatMap((part) =>
    readdirSync(join(root, folder, part), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[tj]sx?$/.test(name) && !notRun.test(name))
      .map((name) => join(folder, part, name))
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  );
}

/** The npm packages that `pattern` finds in the production sources, and a file for each. */
function packagesIn(folder: string, pattern: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const { path, text } of sourcesOf(folder)) {
    for (const [, specifier] of text.matchAll(pattern)) {
      if (!isBuiltin(specifier!)) found.set(packageOf(specifier!), path);
    }
  }
  return found;
}

for (const folder of workspaces) {
  const { dependencies: always = {}, optionalDependencies = {} } = manifestOf(folder);
  const dependencies = { ...always, ...optionalDependencies };

  test(`${folder} depends on every package that it runs with`, () => {
    const missing = [...packagesIn(folder, imported)].filter(
      ([name]) => !(name in dependencies) && !(name in fromRoot),
    );
    assert.deepEqual(missing, []);
  });

  test(`${folder} depends on no package that only tests use, or nobody`, () => {
    // a name in a table of modules counts too
    const found = [imported, quoted].map((pattern) => packagesIn(folder, pattern));
    assert.deepEqual(
      Object.keys(dependencies).filter((name) => !found.some((packages) => packages.has(name))),
      [],
    );
  });
}

test('what users may install beside it is an optional peer: used, and brought by no npm ci', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const peers = workspaces.flatMap((folder) => {
    const { peerDependencies = {}, peerDependenciesMeta = {} } = manifestOf(folder);
    const used = packagesIn(folder, quoted);
    return Object.keys(peerDependencies).map((name) => {
      const isOptional = peerDependenciesMeta[name]?.optional === true;
      return [name, isOptional && used.has(name) && !(`node_modules/${name}` in packages)] as const;
    });
  });
  assert.deepEqual(peers, [
    ['@tensorflow/tfjs-node', true],
    ['@tensorflow/tfjs-node-gpu', true],
  ]);
});

test('what the root brings for all workspaces is used by one of them', () => {
  const used = new Set(workspaces.flatMap((folder) => [...packagesIn(folder, imported).keys()]));
  assert.deepEqual(
    Object.keys(fromRoot).filter((name) => !used.has(name)),
    [],
  );
});
