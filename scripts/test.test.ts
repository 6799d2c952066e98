// Nothing is left of a run of tests: no process that its files started, no temporary folder. A run is ended in each way
// there is while one of its tests has a coordinator up and hangs.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A test that says `{pid, coordinator, folder}` on stderr once its coordinator is up, and hangs. */
const hanging = `
import { mkdtempSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { layEmbeddedDatabase } from '${pathOf('../apps/coordinator/src/testing/embedded.js')}';
import { startColora } from '${pathOf('../test/support/processes.js')}';

test('hangs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'colora-hanging-'));
  await layEmbeddedDatabase(folder);
  const coordinator = startColora(['coordinator', '--port', '0', '--data', folder]);
  await coordinator.says(/coordinator at/);
  writeSync(2, JSON.stringify({ pid: process.pid, coordinator: coordinator.child.pid, folder }) + '\\n');
  await coordinator.ended;
  await new Promise((done) => setTimeout(done, 1e9));
});
`;

interface Up {
  readonly run: ChildProcess;
  readonly pid: number;
  readonly coordinator: number;
  readonly folder: string;
}

/** `npm test` of a folder with the hanging test in it, when that hangs. */
async function startRun(folder: string): Promise<Up> {
  await writeFile(join(folder, 'hanging.test.js'), hanging);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // node:test refuses to run tests in tests
  const run = spawn(process.execPath, ['--import', 'tsx', pathOf('test.ts'), folder], {
    cwd: pathOf('..'),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for await (const line of createInterface(run.stdout)) {
    lines.push(line);
    const said = /\{"pid".*\}/.exec(line);
    if (said !== null) return { run, ...JSON.parse(said[0]) };
  }
  throw new Error(`the run ended before its coordinator was up: ${lines.join('\n')}`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const ends: [how: string, end: (up: Up) => void][] = [
  ['told to stop', ({ run }) => run.kill('SIGTERM')],
  ['killed', ({ run }) => run.kill('SIGKILL')],
  ['over after its file was killed', ({ pid }) => process.kill(pid, 'SIGKILL')],
];

for (const [how, end] of ends) {
  test(`a run that is ${how} leaves no process and no folder`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'colora-run-'));
    try {
      const up = await startRun(folder);
      assert.ok(isAlive(up.coordinator) && existsSync(up.folder));
      const ended = once(up.run, 'exit');
      end(up);
      const [status, signal] = await ended;
      assert.ok(status !== 0 || signal !== null);
      const left = () => ({
        processes: [up.pid, up.coordinator].filter(isAlive),
        folders: [dirname(up.folder)].filter((path) => existsSync(path)),
      });
      for (let tries = 0; tries < 600 && Object.values(left()).flat().length > 0; tries += 1)
        await delay(100);
      assert.deepEqual(left(), { processes: [], folders: [] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
