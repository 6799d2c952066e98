// Whoever waits for a step hears of it: a line now and then in a log, and in another terminal by `colora status`, until the daemon
// is gone.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { colora } from '../support/processes.ts';
import { useLongSteps } from './long-steps.ts';

const { system, training } = useLongSteps();

test('a log has a line every few seconds, and another terminal hears the same', async () => {
  const daemon = await training();
  const began = performance.now();
  const lines: number[] = [];
  daemon.child.stderr?.on('data', (text: string) => {
    if (/round 1: step \d+ of 16/.test(text)) lines.push(performance.now());
  });
  await daemon.says(/long: round 1: step \d+ of 16, (the first, \d+ s so far|about \d+ (s|min) left)/);
  const status = async (...more: string[]) =>
    (await colora(['status', system.url, '--workspace', daemon.workspace, ...more])).stdout;
  let shown = '';
  while (!/^long: round 1: step \d+ of 16, /m.test(shown)) {
    assert.ok(performance.now() - began < 120_000, shown);
    await delay(500);
    shown = await status();
  }
  const { work } = JSON.parse(await status('--json'));
  assert.deepEqual([work.long.what, work.long.round, work.long.steps], ['training', 1, 16]);
  daemon.child.kill('SIGTERM');
  const { status: code, stderr } = await daemon.ended;
  assert.equal(code, 0, stderr);
  const gaps = lines.slice(1).map((at, index) => at - lines[index]!);
  assert.ok(
    gaps.every((gap) => gap > 5_000),
    `no wall of lines: ${gaps}`,
  );
  assert.deepEqual(JSON.parse(await status('--json')).work, {});
  const left = await readdir(join(daemon.workspace, 'long'));
  assert.ok(!left.some((name) => name.startsWith('work.json')), `${left}`);
});
