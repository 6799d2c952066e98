import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '@colora/protocol/problems';
import { createTurns } from './turns.ts';

test('so many at a time, the others in the order they came, whatever becomes of those before', async () => {
  const turns = createTurns(2, 10_000);
  const seen: number[] = [];
  let now = 0;
  let most = 0;
  const work = async (number: number) => {
    seen.push(number);
    most = Math.max(most, ++now);
    await sleep(2);
    now -= 1;
    if (number % 3 === 0) throw new Error(`${number}`);
    return number;
  };
  const numbers = Array.from({ length: 12 }, (_, number) => number);
  const results = await Promise.allSettled(numbers.map((number) => turns.take(() => work(number))));
  assert.equal(most, 2);
  assert.deepEqual(seen, numbers);
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 4);
});

test('who waits too long is told to try again, and takes nobody’s place', async () => {
  const turns = createTurns(1, 20);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((done) => {
    end = done;
  });
  const first = turns.take(() => ended);
  await assert.rejects(
    turns.take(() => assert.fail('has no turn')),
    (error) => error instanceof ProblemError && error.code === 'unavailable',
  );
  const third = turns.take(() => 3);
  end();
  await first;
  assert.equal(await third, 3);
  assert.equal(await turns.take(() => 4), 4);
});
