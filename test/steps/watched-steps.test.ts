// Whoever waits for a step hears of it: a line now and then in a log, and in another terminal by `colora status`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readWorks } from '@colora/client/told';
import { colora } from '../support/processes.ts';
import { useLongSteps } from './long-steps.ts';

const { system, training } = useLongSteps();

test('a log has a line every few seconds, and another terminal hears the same', async () => {
  const daemon = await training();
  const lines: number[] = [];
  daemon.child.stderr?.on('data', (text: string) => {
    if (/round 1: step \d+ of 100/.test(text)) lines.push(performance.now());
  });
  await daemon.says(/long: round 1: step \d+ of 100, (the first, \d+ s so far|about \d+ (s|min) left)/);
  const works = () => readWorks(daemon.workspace, system.url);
  while ((await works()).length === 0) await delay(100);
  const status = await colora(['status', system.url, '--workspace', daemon.workspace]);
  assert.match(status.stdout, /^long: round 1: step \d+ of 100, /m);
  const [[group, work] = []] = await works();
  assert.deepEqual([group, work?.what, work?.round, work?.steps], ['long', 'training', 1, 100]);
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  const gaps = lines.slice(1).map((at, index) => at - lines[index]!);
  assert.ok(
    gaps.every((gap) => gap > 5_000),
    `no wall of lines: ${gaps}`,
  );
});
