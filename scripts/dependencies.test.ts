// What npm ci brings: each package of ours in docs/dependencies.md with its licence, all of them free to use, named by
// their bytes, and none that wants a script to run at install.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = [
  '.',
  ...['packages', 'apps'].flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`)),
];

interface Locked {
  readonly license?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  /** Of a developer alone. */
  readonly dev?: boolean;
}

const locked: Record<string, Locked> = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
).packages;
/** Of `node_modules/a/node_modules/b`, `b`; those of our own workspaces aside. */
const brought = Object.entries(locked)
  .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
  .map(([path, facts]) => ({ name: path.split('node_modules/').at(-1)!, ...facts }));

const freeLicences = /^\(?((MIT|Apache-2\.0|ISC|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0)( OR )?)+\)?$/;
/** Of tools that only we run: it asks something of whoever changes their files, and nothing of what is made with them. */
const toolLicence = 'MPL-2.0';
/** Where the manifest names no licence: what the licence file of that package says. */
const fromLicenceFile: Record<string, string> = { 'xmlhttprequest-ssl': 'MIT' };
const withInstallScript = ['@prisma/engines', 'esbuild', 'onnxruntime-node'];
/** Optional peers are not in the lock file. */
const peerLicence = 'Apache-2.0';

/** Name -> the workspaces that name it, by their short names. */
function named(): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest;
    const all = { ...dependencies, ...devDependencies, ...peerDependencies, ...optionalDependencies };
    for (const name of Object.keys(all)) {
      if (name.startsWith('@colora/')) continue;
      users.set(name, [...(users.get(name) ?? []), folder === '.' ? 'root' : folder.split('/')[1]!]);
    }
  }
  return users;
}

test('the page lists each package that a manifest names, with its licence and who uses it', () => {
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$/gm)].map(
    ([, name, licence, users]) => [name!, licence!, users!.split(', ').sort().join(', ')],
  );
  const expected = [...named()].map(([name, users]) => [
    name,
    brought.find((one) => one.name === name)?.license ?? peerLicence,
    users.sort().join(', '),
  ]);
  const byName = (a: readonly string[], b: readonly string[]) => (a[0]! < b[0]! ? -1 : 1);
  assert.deepEqual(rows.sort(byName), expected.sort(byName) as string[][]);
});

test('whatever npm ci brings may be used by anybody, and is named by its bytes', () => {
  assert.ok(brought.length > 100);
  const odd = brought.filter(
    ({ name, license, integrity, dev }) =>
      !(
        freeLicences.test(license ?? fromLicenceFile[name] ?? '') ||
        (dev === true && license === toolLicence)
      ) || !integrity?.startsWith('sha512-'),
  );
  assert.deepEqual(odd, []);
});

test('nothing runs at install', () => {
  const wanting = brought.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name);
  assert.deepEqual([...new Set(wanting)].sort(), withInstallScript);
  assert.match(readFileSync(join(root, '.npmrc'), 'utf8'), /^ignore-scripts=true$/m);
});
