// Ctrl-C and SIGTERM end every command that computes with a model, at whatever it is: the first after the step under way, which
// is said, the second at once, and never by an abort of the process. Real signals to real processes in the middle of runs of
// onnxruntime that take seconds.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ended, startColora } from '../support/processes.ts';
import { stories, texts, useLongSteps } from './long-steps.ts';

const { system, data, training } = useLongSteps();

/** As a shell tells it. */
const statusOf = ({ status, signal }: Ended) => status ?? 128 + constants.signals[signal!];

/** No abort, and nobody's stack. */
function assertOrderly({ stderr }: Ended): void {
  assert.doesNotMatch(stderr, /terminate called|Napi|core dumped|^\s+at /m);
}

/** Longer than what counts as one signal that came twice. */
const pause = () => delay(400);

/**
 * A daemon that was told to stop in the middle of a step, and says so; nothing is said of an end that comes within 0.4 s, as between two
 * steps, or before the first on a machine that is busy.
 */
async function finishing(name: 'SIGINT' | 'SIGTERM') {
  for (const afterMs of [500, 1500, 4000, 6000]) {
    const daemon = await training(afterMs);
    daemon.child.kill(name);
    const said = await daemon
      .says(/finishing the step under way, .*; Ctrl-C again ends at once/)
      .catch(() => null);
    if (said !== null) return daemon;
    assertOrderly(await daemon.ended);
  }
  throw new Error('not once in the middle of a step');
}

test('the first Ctrl-C says that the step under way is finished, and ends the daemon after it', async () => {
  const ended = await (await finishing('SIGINT')).ended;
  assertOrderly(ended);
  assert.deepEqual([ended.status, ended.signal], [130, null], ended.stderr);
  assert.match(ended.stdout, /long\s+stopped/);
});

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  test(`a second ${name} ends the daemon at once, in the middle of a step`, async () => {
    const daemon = await finishing(name);
    daemon.child.kill(name);
    const ended = await daemon.ended;
    assertOrderly(ended);
    assert.deepEqual([statusOf(ended), ended.signal], [name === 'SIGINT' ? 130 : 143, name], ended.stderr);
  });
}

test('one Ctrl-C that comes twice at once, from the terminal and from npm, counts once', async () => {
  const daemon = await training();
  for (let time = 0; time < 3; time += 1) daemon.child.kill('SIGINT');
  const ended = await daemon.ended;
  assertOrderly(ended);
  assert.deepEqual([ended.status, ended.signal], [130, null], ended.stderr);
});

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  const wanted = name === 'SIGINT' ? 130 : 143;

  test(`${name} ends generate at its next token, and a second one at once`, async () => {
    const writing = () =>
      startColora(['generate', 'Once upon a time', '--base-model', stories, '--max-tokens', '500']);
    const [once, twice] = [writing(), writing()];
    for (const one of [once, twice]) {
      await one.says(/trains with|,|\w/);
      one.child.kill(name);
    }
    await pause();
    twice.child.kill(name);
    for (const ended of [await once.ended, await twice.ended]) {
      assertOrderly(ended);
      assert.equal(statusOf(ended), wanted, ended.stderr);
    }
  });

  const compares = name === 'SIGTERM'; // one of the two commands a signal, since both take seconds to begin
  test(`${name} ends ${compares ? 'compare' : 'evaluate'} in the middle of what it computes`, async () => {
    const often = Array.from({ length: 8 }, () => ['--data', data()]).flat();
    const computing = startColora(
      compares ? await comparison() : ['evaluate', '--base-model', stories, ...often],
    );
    await (compares ? computing.says(/round 1\/64/) : delay(4000)); // evaluate says nothing before its figures
    computing.child.kill(name);
    const ended = await computing.ended;
    assertOrderly(ended);
    assert.equal(statusOf(ended), wanted, ended.stderr + ended.stdout);
  });
}

/** A comparison of two people that takes long. */
async function comparison(): Promise<string[]> {
  const folder = join(system.folder, 'compared', 'group');
  await mkdir(folder, { recursive: true });
  const lines = (from: number, to: number) =>
    texts
      .slice(from, to)
      .map(({ text }) => JSON.stringify({ prompt: text.slice(0, 700), completion: text.slice(700, 1400) }))
      .join('\n');
  for (const [index, file] of ['anna.jsonl', 'ben.jsonl', 'test.jsonl'].entries())
    await writeFile(join(folder, file), lines(16 * index, 16 * (index + 1)));
  return ['compare', join(folder, '..'), '--base-model', stories, '--rounds', '64'];
}
