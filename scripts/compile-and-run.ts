// Compiles the house into the run's temporary folder and runs its tests there (run-tests.ts). Arguments: folders and files,
// of the house (relative to the current folder) or outside.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './bundle-command.ts';
import { compileHouse } from './compile-house.ts';
import { importQuickly } from './import-quickly.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const house = join(tmpdir(), 'house');

/** Where what is named so lies compiled. */
function compiled(name: string): string {
  const path = relative(root, resolve(name));
  return path.startsWith('..') ? resolve(name) : join(house, path.replace(/\.ts$/, '.js'));
}

for (const name of process.argv.slice(2))
  if (!existsSync(name)) {
    console.error(`there is no ${name}: name folders and test files, as in \`npm test -- packages/tensors\``);
    process.exit(2);
  }
compileHouse(house);
await bundleCommand(house);
importQuickly(house);
const named = process.argv.slice(2).map(compiled);
const run = spawn(
  process.execPath,
  ['--enable-source-maps', join(house, 'scripts', 'run-tests.js'), ...(named.length > 0 ? named : [house])],
  { stdio: 'inherit' },
);
const [status] = await once(run, 'exit');
process.exitCode = status ?? 1;
