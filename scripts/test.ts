// `npm test [folders and files]`: runs the tests (compile-and-run.ts) in a process group and a temporary folder of their own,
// and leaves nothing of either behind, however they end: done, timed out, told to stop, killed. clear-up.ts does the clearing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'colora-tests-'));
chmodSync(temporary, 0o711); // a Postgres that tests start as another user has its folder in it
const compiled = `tsx-${process.geteuid?.()}`; // where tsx keeps what it has compiled: for all runs
mkdirSync(join(tmpdir(), compiled), { recursive: true });
symlinkSync(join(tmpdir(), compiled), join(temporary, compiled));

const tests = spawn(
  process.execPath,
  [...process.execArgv, script('compile-and-run.ts'), ...process.argv.slice(2)],
  {
    detached: true, // leads a group: whatever its files start belongs to it
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  },
);
// It ends when its standard input does, which is also when this process is killed.
const clearing = spawn(
  process.execPath,
  [...process.execArgv, script('clear-up.ts'), `${tests.pid}`, temporary],
  {
    detached: true, // no Ctrl-C reaches it
    stdio: ['pipe', 'inherit', 'inherit'],
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    clearing.stdin.end();
  });
}

const [status] = await once(tests, 'exit');
clearing.stdin.end();
await once(clearing, 'exit');
process.exitCode ??= status ?? 1;
