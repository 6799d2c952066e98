import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersonFigures } from '@colora/cli/experiment/figures';
import { calibrate } from './calibration.ts';

const person = (alone: number, core: number, guarded: number, verdict: PersonFigures['verdict']) => ({
  ...{ user: 'a', group: 'g', seed: 0, alone, core, guarded, cluster: null },
  ...{ verdict: verdict ?? null, weightOfCore: 0.5, helped: 0.5 },
});

test('verdicts are held to what is held out: told and true, told and wrong, of all draws together', () => {
  const rows = calibrate([
    {
      scenario: 'alike',
      figures: { users: [person(0.7, 0.8, 0.8, 'helped'), person(0.7, 0.7, 0.7, 'helped')] },
    },
    {
      scenario: 'alike',
      figures: { users: [person(0.7, 0.6, 0.7, 'helped'), person(0.7, 0.9, 0.9, 'too-early')] },
    },
    {
      scenario: 'strangers',
      figures: { users: [person(0.9, 0.5, 0.88, 'no-gain-seen'), person(0.8, 0.9, 0.77, 'no-gain-seen')] },
    },
  ]);
  const [alike, strangers, all] = rows;
  assert.deepEqual(
    rows.map(({ scenario, people }) => [scenario, people]),
    [
      ['alike', 4],
      ['strangers', 2],
      ['all', 6],
    ],
  );
  assert.deepEqual(alike!.told, { helped: 3, noGainSeen: 0, tooEarly: 1 });
  assert.ok(Math.abs(alike!.trulyHelped! - 1 / 3) < 1e-12, 'no more and no fewer is not helped');
  assert.ok(Math.abs(alike!.wrong! - 1 / 3) < 1e-12, 'and not wrong either');
  assert.deepEqual([strangers!.trulyHelped, strangers!.wrong], [null, 0.5]);
  assert.deepEqual([strangers!.worse.core.mean, strangers!.worse.guarded.mean], [0.5, 0.5]);
  assert.ok(Math.abs(all!.wrong! - 2 / 5) < 1e-12);
  assert.deepEqual(Object.keys(all!.gains), ['core - alone', 'guarded - alone', 'guarded - core']);
});

test('clusters are held to who is alike: pairs of one draw and seed, the folder’s number left out', () => {
  const of = (group: string, cluster: number | null, seed = 0) => ({
    ...person(0.7, 0.8, 0.8, 'helped'),
    ...{ group, cluster, seed },
  });
  const users = [
    of('usual-1', 1),
    of('usual-2', 1),
    of('usual-3', 2),
    of('inverted-1', 2),
    of('inverted-1', 9, 1),
  ];
  const [row] = calibrate([{ scenario: 'meanings', kin: 'group', figures: { users } }]);
  assert.deepEqual([row!.parted, row!.merged], [2 / 3, 1 / 3]);
  const [all] = calibrate([{ scenario: 'alike', kin: 'all', figures: { users } }]);
  assert.deepEqual([all!.parted, all!.merged], [4 / 6, null]);
  const [none] = calibrate([{ scenario: 'strangers', kin: 'nobody', figures: { users } }]);
  assert.deepEqual([none!.parted, none!.merged], [null, 2 / 6]);
  const [unknown] = calibrate([{ scenario: 'theirs', figures: { users } }]);
  assert.deepEqual([unknown!.parted, unknown!.merged], [null, null]);
  const [unplaced] = calibrate([
    { scenario: 'off', kin: 'all', figures: { users: [of('a', null), of('a', 1)] } },
  ]);
  assert.equal(unplaced!.parted, null);
});

test('figures without a guard are refused, by name', () => {
  const { weightOfCore: _, verdict: __, ...plain } = person(0.7, 0.8, 0.8, 'helped');
  assert.throws(
    () => calibrate([{ scenario: 's', figures: { users: [plain] } }]),
    /a of s has no .*--methods/,
  );
});
