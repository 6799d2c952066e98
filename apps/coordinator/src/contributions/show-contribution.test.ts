// A member is told what became of its own contribution: waiting, applied with which weights in which checkpoint, or dropped;
// of its own tensors alone, and nothing where the rule or the optimizer knows no such weights.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onOneDatabase('what became of a contribution', (database) => {
  const coordinator = useCoordinator(database);

  const initial = tensors({ 'head/a': [0], 'head/b': [0], 'x.shared.A': [1, 1] });
  const told = (one: Awaited<ReturnType<typeof joinAs>>, group: string, round = 1) =>
    one.api.call('showContribution', { params: { group, round } });

  test('waits for its round, then tells the weight of each of its own tensors', async () => {
    const settings = {
      rounds: { count: 2, participants: 2, quorum: 2 },
      aggregation: { weighting: 'examples', rate: 0.5 } as const,
    };
    await makeGroup(coordinator.url, { name: 'told', settings, initial });
    const [ada, bob] = [
      await joinAs(coordinator.url, 'told-ada', 'told'),
      await joinAs(coordinator.url, 'told-bob', 'told'),
    ];
    await ada.until('a round', ({ round }) => round !== null);
    assert.deepEqual(await told(ada, 'told'), {
      state: 'dropped',
      sha256: null,
      version: null,
      weights: null,
    });
    const sent = tensors({ 'head/a': [1], 'x.shared.A': [1, 2] });
    const { sha256 } = await ada.contribute(sent, { metadata: { examples: 10 } });
    assert.deepEqual(await told(ada, 'told'), { state: 'waiting', sha256, version: null, weights: null });
    await bob.contribute(tensors({ 'head/b': [1], 'x.shared.A': [4, 8] }), { metadata: { examples: 30 } });
    await ada.until('checkpoint 1', ({ checkpoint }) => checkpoint?.version === 1);
    assert.deepEqual(await told(ada, 'told'), {
      ...{ state: 'applied', sha256, version: 1 },
      weights: { 'head/a': 0.5, 'x.shared.A': 0.125 },
    });
    assert.deepEqual((await told(bob, 'told')).weights, { 'head/b': 0.5, 'x.shared.A': 0.375 });
    assert.deepEqual([...(await ada.checkpoint(1)).get('x.shared.A')!.data], [1 - 0.125 - 1.5, 1 - 0.25 - 3]);
  });

  test('a late one is told with the weight that it had, under the round it was made for', async () => {
    const rounds = { count: 9, participants: 2, quorum: 1, deadlineSeconds: 1, maxStaleness: 1 };
    await makeGroup(coordinator.url, { name: 'late-told', settings: { rounds }, initial });
    const [ada, bob] = [
      await joinAs(coordinator.url, 'late-told-ada', 'late-told'),
      await joinAs(coordinator.url, 'late-told-bob', 'late-told'),
    ];
    for (const one of [ada, bob]) await one.until('a round', ({ round }) => round !== null);
    await ada.contribute(tensors({ 'x.shared.A': [1, 1] })); // bob is late: round 1 closes at its deadline
    await ada.until('round 2', ({ round }) => round?.number === 2);
    await bob.contribute(tensors({ 'x.shared.A': [2, 0] }), { round: 1, metadata: { round: 1, version: 0 } });
    await ada.contribute(tensors({ 'x.shared.A': [0, 1] }));
    await ada.until('checkpoint 2', ({ checkpoint }) => (checkpoint?.version ?? 0) >= 2);
    const { version, weights } = await told(bob, 'late-told');
    assert.equal(version, 2);
    assert.ok(Math.abs(weights!['x.shared.A']! - Math.SQRT1_2 / 2) < 1e-12);
  });

  test('a cancelled round drops what it had; other rules and optimizers tell no weights; strangers nothing', async () => {
    const rounds = { count: 2, participants: 2, quorum: 2 };
    const admin = await makeGroup(coordinator.url, { name: 'cancelled', settings: { rounds }, initial });
    const eve = await joinAs(coordinator.url, 'cancelled-eve', 'cancelled');
    await joinAs(coordinator.url, 'cancelled-fay', 'cancelled');
    await eve.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await admin.call('cancelRound', { params: { group: 'cancelled', round: 1 } });
    assert.equal((await told(eve, 'cancelled')).state, 'dropped');
    for (const [name, aggregation] of [
      ['by-median', { rule: 'median' }],
      ['by-momentum', { optimizer: 'fedavgm' }],
    ] as const) {
      const settings = { rounds: { count: 1, participants: 1 }, aggregation };
      await makeGroup(coordinator.url, { name, settings, initial });
      const gus = await joinAs(coordinator.url, `${name}-gus`, name);
      await gus.contribute(tensors({ 'x.shared.A': [1, 1] }));
      await gus.until('the end', ({ state }) => state === 'completed');
      const { state, version, weights } = await told(gus, name);
      assert.deepEqual([state, version, weights], ['applied', 1, null]);
      await assert.rejects(
        told(eve, name),
        (error) => error instanceof ApiProblem && error.is('unknown-group'),
      );
    }
  });
});
