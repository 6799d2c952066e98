import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpeed } from './upload-speed.ts';

test('who is never waited for is as fast as can be; a quick beginning is soon forgotten', () => {
  let now = 0;
  const speed = createSpeed(() => now);
  speed.wait(1_000_000);
  assert.equal(speed.bytesPerSecond(), Number.POSITIVE_INFINITY);
  for (let second = 0; second < 20; second += 1) {
    now += 1000;
    speed.go();
    speed.wait(4096);
  }
  const pace = speed.bytesPerSecond();
  assert.ok(pace > 2048 && pace < 8192, `${pace}`);
  assert.equal(speed.waitedMs(), 20_000);
});

test('who stops is slower with every second', () => {
  let now = 0;
  const speed = createSpeed(() => now);
  speed.wait(1_000_000);
  const paces = [1, 2, 4, 8].map((seconds) => {
    now = 1000 * seconds;
    return speed.bytesPerSecond();
  });
  assert.deepEqual(
    paces,
    paces.toSorted((one, other) => other - one),
  );
  assert.ok(paces.at(-1)! < 10_000, `${paces}`);
});
