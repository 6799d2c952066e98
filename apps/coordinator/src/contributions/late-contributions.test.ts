// Contributions that come after their round: counted in the live one with less weight, once, and answered the same
// whenever they are sent again; too late ones refused. And buffered groups, which live by them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup, type TestMember, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const refusal = (code: ProblemCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.deepEqual([error.problem.code, text.test(error.problem.detail)], [code, true], error.problem.detail);
  return true;
};

/** Bytes made for `round` at `version`. */
function made(round: number, version: number, values: readonly number[]): Uint8Array {
  const metadata = encodeContributionMetadata({ kind: 'delta', version, round, examples: 1 });
  return encode(tensors({ 'x.shared.A': values }), { metadata });
}

onOneDatabase('late contributions', (database) => {
  const coordinator = useCoordinator(database);

  async function makeRunning(name: string, rounds: object, people: readonly string[]) {
    const admin = await makeGroup(coordinator.url, { name, settings: { rounds } });
    const members: TestMember[] = [];
    for (const person of people) members.push(await joinAs(coordinator.url, `${name}-${person}`, name));
    for (const one of members) await one.until('a round', ({ round }) => round !== null);
    return { admin, members, params: { group: name } };
  }

  const valuesAt = async (one: TestMember, version: number) => [
    ...((await one.checkpoint(version)).get('x.shared.A')?.data ?? []),
  ];

  test('count in the live round with (1 + s)^-1/2, once, and are answered the same ever after', async () => {
    const rounds = { count: 9, participants: 2, quorum: 1, deadlineSeconds: 1, maxStaleness: 1 };
    const { admin, members, params } = await makeRunning('late', rounds, ['ada', 'bob']);
    const [ada, bob] = members as [TestMember, TestMember];
    await ada.send(1, made(1, 0, [1, 1])); // bob is late: round 1 closes at its deadline
    await ada.until('round 2', ({ round }) => round?.number === 2);
    const late = made(1, 0, [1, 0]);
    const first = await bob.send(1, late);
    assert.deepEqual([first.round, first.version, first.staleness, first.repeated], [2, 0, 1, false]);
    assert.deepEqual(await bob.send(1, late), { ...first, repeated: true });
    assert.equal((await bob.assignment()).round?.contributed, true);
    await assert.rejects(
      bob.send(2, made(2, 1, [5, 5])),
      refusal('duplicate-contribution', /came late.*round 2/),
    );
    await assert.rejects(bob.send(1, made(1, 0, [7, 7])), refusal('duplicate-contribution', /other bytes/));
    await ada.send(2, made(2, 1, [0, 1]));
    await ada.until('version 2', ({ checkpoint }) => checkpoint?.version === 2);
    assert.deepEqual(await bob.send(1, late), { ...first, repeated: true });
    const before = await valuesAt(ada, 1);
    const moved = (await valuesAt(ada, 2)).map((value, index) => (before[index] ?? 0) - value);
    assert.ok(Math.abs((moved[0] ?? 0) - Math.SQRT1_2 / 2) < 1e-6 && Math.abs((moved[1] ?? 0) - 0.5) < 1e-6);
    const { contributionList } = await admin.call('showRound', { params: { ...params, round: 2 } });
    assert.deepEqual(contributionList.map(({ madeFor, staleness }) => [madeFor, staleness]).sort(), [
      [1, 1],
      [2, 0],
    ]);
  });

  test('too late ones are refused, with how late they may be; without the setting all are', async () => {
    const rounds = { count: 9, participants: 1, quorum: 1, deadlineSeconds: 60, maxStaleness: 1 };
    const { members } = await makeRunning('later', rounds, ['cleo']);
    const cleo = members[0] as TestMember;
    const dan = await joinAs(coordinator.url, 'later-dan', 'later');
    await dan.until('a round', ({ round }) => round?.number === 1);
    await assert.rejects(cleo.send(1, made(1, 3, [1, 1])), refusal('stale-version', /at checkpoint 3/));
    const eve = await joinAs(coordinator.url, 'later-eve', 'later');
    for (const one of [cleo, dan]) await one.send(1, made(1, 0, [1, 1]));
    await cleo.until('round 2', ({ round }) => round?.number === 2);
    await assert.rejects(eve.send(1, made(1, 0, [1, 1])), refusal('not-assigned', /assignment/));
    await dan.until('round 2', ({ round }) => round?.number === 2);
    await eve.until('round 2', ({ round }) => round?.number === 2);
    for (const one of [cleo, dan, eve]) await one.send(2, made(2, 1, [1, 1]));
    await cleo.until('round 3', ({ round }) => round?.number === 3);
    await assert.rejects(eve.send(1, made(1, 0, [1, 1])), refusal('stale-version', /at most 1 behind/));
  });

  test('in a buffered group any K arrivals close a round, late or not, and nobody waits for the slow', async () => {
    const rounds = { count: 4, mode: 'buffered', participants: 4, bufferSize: 2, quorum: 2, maxStaleness: 2 };
    const { admin, members, params } = await makeRunning('buffered', rounds, ['a', 'b', 'c', 'd']);
    const [a, b, c, d] = members as [TestMember, TestMember, TestMember, TestMember];
    const at = (one: TestMember, number: number) =>
      one.until(`round ${number}`, ({ round }) => round?.number === number);
    await Promise.all([a.send(1, made(1, 0, [1, 0])), b.send(1, made(1, 0, [1, 0]))]);
    await at(a, 2);
    const late = await Promise.all([c.send(1, made(1, 0, [1, 0])), d.send(1, made(1, 0, [1, 0]))]);
    assert.deepEqual(
      late.map(({ round, staleness }) => [round, staleness]),
      [
        [2, 1],
        [2, 1],
      ],
    );
    await at(c, 3);
    const mixed = await Promise.all([a.send(2, made(2, 1, [1, 0])), c.send(3, made(3, 2, [1, 0]))]);
    assert.deepEqual(
      mixed.map(({ round, staleness }) => [round, staleness]),
      [
        [3, 1],
        [3, 0],
      ],
    );
    await at(a, 4);
    await Promise.all([a.send(4, made(4, 3, [1, 0])), b.send(2, made(2, 1, [1, 0]))]).catch(() => undefined);
    await at(d, 4).catch(() => undefined);
    await d.contribute(tensors({ 'x.shared.A': [1, 0] })).catch(() => undefined);
    await a.until('the end', ({ state }) => state === 'completed');
    const { items } = await admin.call('listRounds', { params });
    assert.deepEqual(
      items.map(({ state, contributions }) => [state, contributions]),
      Array(4).fill(['committed', 2]),
    );
  });
});
