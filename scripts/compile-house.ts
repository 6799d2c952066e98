// The house with its TypeScript compiled, in a folder of its own: tests and the demo run there, for they start many processes,
// and a loader that compiles at every start costs each of these more than all else that it does.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const rooms = [
  'apps',
  'packages',
  'prisma',
  'test',
  'scripts',
  'bench',
  'chaos',
  'fuzz',
  'examples',
  'docs',
  'deploy',
];
const left = new Set(['node_modules', '.turbo', 'dist', 'results', 'bundled']);

/**
 * Lays the house into `target`, an empty folder: every source with its JavaScript beside it, workspaces linked to these and
 * what is installed to where it is. An error says what tsc says; types are `npm run check`'s to judge.
 */
export function compileHouse(target: string): void {
  const files = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const name of [...files.map(({ name }) => name), ...rooms])
    cpSync(join(root, name), join(target, name), {
      recursive: true,
      filter: (path) => !left.has(basename(path)),
    });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const { status, stdout } = spawnSync(
    tsc,
    ['-p', join(root, 'tsconfig.compiled.json'), '--rootDir', root, '--outDir', target, '--sourceRoot', root],
    { encoding: 'utf8', shell: process.platform === 'win32' },
  );
  if (status !== 0) throw new Error(`compiling failed:\n${stdout}`);
  linkInstalled(target);
}

function linkInstalled(target: string): void {
  const own = join(target, 'node_modules', '@colora');
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@colora')
      symlinkSync(join(root, 'node_modules', name), join(target, 'node_modules', name), 'junction');
  for (const parent of ['apps', 'packages'])
    for (const name of readdirSync(join(target, parent))) {
      const workspace = join(target, parent, name);
      symlinkSync(workspace, join(own, name), 'junction');
      const manifest = join(workspace, 'package.json');
      writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('/*.ts"', '/*.js"'));
    }
}
