// How often members ask, and what an idle one costs by it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pollSeconds, spreadSeconds } from './poll-seconds.ts';

test('small groups without sockets are asked often, large ones rarely, and never all at once', () => {
  assert.equal(pollSeconds(2, 0.5), 1);
  assert.equal(pollSeconds(10_000, 0.5), 60);
  assert.equal(pollSeconds(null, 0.5), 60);
  assert.notEqual(pollSeconds(null, 0), pollSeconds(null, 0.9));
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (members, random) => {
      const seconds = pollSeconds(members, random);
      assert.ok(seconds >= 0.75 && seconds <= 75);
      assert.ok(members > 6000 || members / seconds <= 100 / 0.75 + 1);
    }),
  );
});

test('a hint that a large group hears brings at most so many a second', () => {
  assert.equal(spreadSeconds(200), 0);
  assert.equal(spreadSeconds(10_000), 50);
});
