// Which checkpoints retention removes: never one that a round, a late contribution or a way back needs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lastRemovableRound, removableCheckpoints } from './removable.ts';

const versions = Array.from({ length: 36 }, (_, version) => version);
const usual = { checkpoints: 10, every: 10 };
const facts = { latest: 35, maxStaleness: 2, rollbacks: [], best: [] };
const keptOf = (...given: Parameters<typeof removableCheckpoints>) => {
  const removed = removableCheckpoints(...given);
  return given[0].filter((version) => !removed.includes(version));
};

test('the newest, the first, the best, every tenth and what was gone back to are kept', () => {
  const rollbacks = [
    { version: 9, to: 3 },
    { version: 25, to: 17 },
  ];
  assert.deepEqual(keptOf(versions, usual, { ...facts, rollbacks, best: [13] }), [
    ...[0, 10, 13, 17, 20],
    ...versions.slice(26),
  ]);
  assert.deepEqual(keptOf(versions, { checkpoints: 1, every: null }, facts), [0, 33, 34, 35]);
  assert.deepEqual(keptOf(versions, { checkpoints: null, every: 7 }, facts), versions);
});

test('whatever is set, a live round’s and late contributions’ checkpoints stay', () => {
  const whole = (min: number, max: number) => fc.integer({ min, max });
  fc.assert(
    fc.property(
      whole(0, 60),
      whole(0, 9),
      whole(1, 20),
      fc.option(whole(1, 9)),
      (latest, late, kept, every) => {
        const removed = removableCheckpoints(
          versions,
          { checkpoints: kept, every },
          { ...facts, latest, maxStaleness: late },
        );
        for (const version of removed)
          assert.ok(version < latest - late && version > 0 && version <= latest - kept);
      },
    ),
  );
});

test('contributions of the last rounds are kept, however few there were', () => {
  assert.equal(lastRemovableRound({ contributionRounds: 8 }, 20), 12);
  assert.ok(lastRemovableRound({ contributionRounds: 8 }, 0) < 1);
});
