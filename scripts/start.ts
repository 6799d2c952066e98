// `npm start [options]`: runs `colora demo`, of compiled code where the compiler is installed. The demo starts some seventy
// processes, each of which would compile what it loads; compiling once costs less than three of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './bundle-command.ts';
import { compileHouse } from './compile-house.ts';
import { importQuickly } from './import-quickly.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = existsSync(join(root, 'node_modules', 'typescript')) ? await compile() : null;

async function compile(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'colora-compiled-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  compileHouse(folder);
  await bundleCommand(folder);
  importQuickly(folder);
  return folder;
}

const launcher = join(compiled ?? root, 'apps', 'cli', 'bin', 'colora.js');
const demo = spawn(process.execPath, [launcher, 'demo', ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (signal !== 'SIGINT') demo.kill(signal); // a terminal's Ctrl-C reaches both
  });
const [status, signal] = (await once(demo, 'exit')) as [number | null, NodeJS.Signals | null];
process.exitCode = status ?? 128 + constants.signals[signal!];
