// Waits end early at a ring or the signal, and a ring while nobody waits is not lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep, untilAborted } from './abortable.ts';
import { createBell } from './bell.ts';

const hour = 3600;

test('a ring ends the wait; one that came before the wait does too, once', async () => {
  const bell = createBell();
  const { signal } = new AbortController();
  const waiting = bell.wait(hour, signal);
  bell.ring();
  assert.equal(await waiting, true);
  bell.ring();
  bell.ring();
  await bell.wait(hour, signal);
  assert.equal(await bell.wait(0.001, signal), false); // not rung any more: the time runs out
});

test('the signal ends sleeping, waiting and work', async () => {
  const abort = new AbortController();
  const all = [
    sleep(hour, abort.signal),
    createBell().wait(hour, abort.signal),
    untilAborted(new Promise(() => undefined), abort.signal),
  ];
  abort.abort(new Error('stop'));
  for (const one of all) await assert.rejects(one, /stop/);
  await assert.rejects(sleep(hour, abort.signal), /stop/);
  await assert.rejects(untilAborted(new Promise(() => undefined), abort.signal), /stop/);
});

test('work that is done is its result, work that fails its error', async () => {
  const { signal } = new AbortController();
  assert.equal(await untilAborted(Promise.resolve(7), signal), 7);
  await assert.rejects(untilAborted(Promise.reject(new Error('mine')), signal), /mine/);
});
