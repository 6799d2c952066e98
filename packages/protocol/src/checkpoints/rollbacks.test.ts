// Which checkpoints a checkpoint descends from, over rollbacks and rollbacks of rollbacks: held to a walk version by version.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isInLine, isTakenBack, type Rollback, roundsSince } from './rollbacks.ts';

/** By following each version to the one it came of. */
function ancestors(
  rollbacks: readonly Rollback[],
  latest: number,
): { versions: Set<number>; rounds: number[] } {
  const versions = new Set([latest]);
  const rounds: number[] = [];
  for (let at = latest; at > 0; ) {
    const leap = rollbacks.find(({ version }) => version === at);
    if (leap === undefined) rounds.push(at);
    at = leap === undefined ? at - 1 : leap.to;
    versions.add(at);
  }
  return { versions, rounds };
}

const history = fc.array(fc.option(fc.nat(1000)), { maxLength: 30 }).map((steps) => {
  const rollbacks: Rollback[] = [];
  steps.forEach((back, index) => {
    if (back !== null) rollbacks.push({ version: index + 1, to: back % (index + 1) });
  });
  return { rollbacks, latest: steps.length };
});

test('what is in a checkpoint’s line, and how many rounds lead to it', () => {
  fc.assert(
    fc.property(history, ({ rollbacks, latest }) => {
      const { versions, rounds } = ancestors(rollbacks, latest);
      for (let version = 0; version <= latest; version += 1) {
        assert.equal(isInLine(rollbacks, latest, version), versions.has(version));
        if (!versions.has(version)) assert.ok(isTakenBack(rollbacks, version));
        else {
          const since = rounds.filter((round) => round > version).length;
          assert.equal(roundsSince(rollbacks, latest, version), since);
        }
      }
    }),
  );
});

test('a version that was once taken back stays so for late contributions, also when it is gone back to', () => {
  const rollbacks = [
    { version: 11, to: 4 },
    { version: 12, to: 8 },
  ];
  assert.deepEqual(
    [4, 5, 8, 9, 11].map((version) => isTakenBack(rollbacks, version)),
    [false, true, true, true, true],
  );
  assert.ok(isInLine(rollbacks, 12, 8) && !isInLine(rollbacks, 12, 9));
});
