// A whole training over real sockets and fetch, on both databases: join, checkpoint 0, rounds,
// contributions, commits, completion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onEachDatabase } from './testing/databases.ts';
import { joinAs, makeGroup, tensors } from './testing/group.ts';
import { useCoordinator } from './testing/use-coordinator.ts';

onEachDatabase('whole flow', (database) => {
  const coordinator = useCoordinator(database);

  test('two members train two rounds and the group completes', async () => {
    const { url } = coordinator;
    const admin = await makeGroup(url, { settings: { rounds: { count: 2, participants: 2 } } });
    const ada = await joinAs(url, 'ada');
    const bob = await joinAs(url, 'bob');
    for (const version of [0, 1]) {
      const now = await ada.until('a round', ({ round }) => round?.version === version);
      assert.equal(now.round?.contributed, false);
      await ada.contribute(tensors({ 'x.shared.A': [0.5, 0], 'x.shared.B': [1, 1, 1] }));
      assert.equal((await ada.assignment()).round?.contributed, true);
      await bob.contribute(tensors({ 'x.shared.A': [0, 1] }));
    }
    const done = await bob.until('the end', ({ state }) => state === 'completed');
    assert.equal(done.committedRounds, 2);
    assert.equal(done.checkpoint?.version, 2);
    const last = await bob.checkpoint();
    assert.deepEqual([...(last.get('x.shared.A')?.data ?? [])], [0.5, 1]);
    assert.deepEqual([...(last.get('x.shared.B')?.data ?? [])], [-2, -2, -2]);
    const rounds = await admin.call('listRounds', { params: { group: 'group' } });
    assert.deepEqual(
      rounds.items.map(({ number, state, contributions, cohort }) => [number, state, contributions, cohort]),
      [
        [2, 'committed', 2, 2],
        [1, 'committed', 2, 2],
      ],
    );
  });
});
