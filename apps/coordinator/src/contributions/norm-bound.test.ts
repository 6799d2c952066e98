// No single contribution may be far larger than what members send, by default and whatever the rule: refused with both
// numbers, told beforehand, the same for whatever was made for a round however late it comes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { encodeWire } from '@colora/tensors/wire/wire-file';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup, type TestMember, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const tooLarge = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.equal(error.problem.code, 'norm-exceeded', error.problem.detail);
  assert.match(error.problem.detail, text);
  return true;
};

const of = (values: readonly number[]) => tensors({ 'x.shared.A': values });

onOneDatabase('the bound on norms', (database) => {
  const coordinator = useCoordinator(database);

  async function make(name: string, people: number, settings: Partial<TaskSettingsInput> = {}) {
    const rounds = { count: 9, participants: people, quorum: people, ...settings.rounds };
    const admin = await makeGroup(coordinator.url, { name, settings: { ...settings, rounds } });
    const members: TestMember[] = [];
    for (let i = 0; i < people; i += 1) members.push(await joinAs(coordinator.url, `${name}-${i}`, name));
    return { admin, members };
  }
  const limitOf = async (one: TestMember, number: number) =>
    (await one.until(`round ${number}`, ({ round }) => round?.number === number)).round?.normLimit;

  test('holds by default and for every rule; the refusal names both numbers, and the sender may send another one', async () => {
    const rules = [
      {},
      { rule: 'median' },
      { rule: 'norm-bound', radius: 1 },
      { rule: 'geometric-median' },
    ] as const;
    for (const [at, aggregation] of rules.entries()) {
      const { members } = await make(`rule-${at}`, 2, { aggregation });
      const [ada, eve] = members as [TestMember, TestMember];
      assert.equal(await limitOf(ada, 1), 100);
      await assert.rejects(eve.contribute(of([3e38, 0])), tooLarge(/values that no training makes/));
      await assert.rejects(eve.contribute(of([1e7, 0])), tooLarge(/values that no training makes/));
      await assert.rejects(eve.contribute(of([96, 72])), tooLarge(/L2 norm is 120\.0.* at most 100\.0/));
      await eve.contribute(of([0.3, 0.4]));
      await ada.contribute(of([0.3, 0.4]));
      assert.equal(await limitOf(ada, 2), 10, 'never below what is usual');
    }
  });

  test('follows the median of the last rounds, of which one liar of three makes nothing', async () => {
    const { members } = await make('median', 3);
    const [ada, bob, eve] = members as [TestMember, TestMember, TestMember];
    const limits: unknown[] = [];
    for (let number = 1; number <= 7; number += 1) {
      const limit = await limitOf(ada, number);
      limits.push(limit);
      await limitOf(bob, number);
      await limitOf(eve, number);
      await ada.contribute(of([0, number === 1 ? 3 : 2]));
      await bob.contribute(of([2, 0]));
      await eve.contribute(of([limit ?? 0, 0]));
    }
    assert.deepEqual(limits, [100, 30, 20, 20, 20, 20, 20]);
  });

  test('a packed contribution is held to it as it decodes', async () => {
    const { members } = await make('packed', 1, { wire: { upload: 'int8' } });
    const [eve] = members as [TestMember];
    await limitOf(eve, 1);
    const metadata = encodeContributionMetadata({ kind: 'delta', version: 0, round: 1, examples: 1 });
    const how = { encoding: 'int8', keep: 1, uniform: () => 0.5, metadata, order: [] } as const;
    await assert.rejects(eve.send(1, encodeWire(of([300, 0]), how)), tooLarge(/at most 100\.0/));
    await eve.send(1, encodeWire(of([30, 0]), how));
  });

  test('what comes late, or for a round that is tried again, is held to the limit of the round it was made for', async () => {
    const rounds = { maxStaleness: 3, quorum: 1, deadlineSeconds: 1 };
    const { members } = await make('late', 2, { rounds });
    const [ada, bob] = members as [TestMember, TestMember];
    assert.equal(await limitOf(bob, 1), 100);
    await ada.contribute(of([1, 0]));
    assert.equal(await limitOf(ada, 2), 10);
    const made = (round: number, version: number, value: number) =>
      encode(of([value, 0]), {
        metadata: encodeContributionMetadata({ kind: 'delta', version, round, examples: 1 }),
      });
    await assert.rejects(ada.send(2, made(2, 1, 50)), tooLarge(/50\.00.* at most 10\.00/));
    const { round, staleness } = await bob.send(1, made(1, 0, 50));
    assert.ok(round >= 2 && staleness >= 1);
  });

  test('off takes whatever is finite; clipNorm takes its place', async () => {
    const { members } = await make('off', 1, { aggregation: { normBound: 'off' } });
    const [eve] = members as [TestMember];
    assert.equal(await limitOf(eve, 1), null);
    await eve.contribute(of([1e30, 0]));
    const clipped = await make('clipped', 1, { privacy: { clipNorm: 500 } });
    const [ada] = clipped.members as [TestMember];
    assert.equal(await limitOf(ada, 1), null);
    await ada.contribute(of([400, 0]));
  });
});
