// When a group stops because it gets no better: over all series, and in a real group whose members report.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';
import { judge, type Reported } from './early-stop.ts';

const series = (medians: readonly number[]): Reported[] =>
  medians.map((median, index) => ({ version: index + 1, median }));

describe('judging', () => {
  test('stops after `patience` reports that are no better by more than `minDelta`', () => {
    const rule = { metric: 'accuracy', goal: 'higher' as const, patience: 2, minDelta: 0.01 };
    assert.deepEqual(judge([], rule), { stop: false, best: null });
    assert.equal(judge(series([0.5, 0.6, 0.605]), rule).stop, false);
    const stopped = judge(series([0.5, 0.6, 0.605, 0.609]), rule);
    assert.deepEqual([stopped.stop, stopped.best?.version], [true, 2]);
    assert.equal(judge(series([0.5, 0.6, 0.605, 0.62]), rule).stop, false);
  });

  test('the best is never worse than another by more than minDelta; lower mirrors higher', () => {
    const means = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 12 });
    fc.assert(
      fc.property(means, fc.integer({ min: 1, max: 4 }), fc.nat(3), (values, patience, minDelta) => {
        const rule = { metric: 'm', patience, minDelta };
        const higher = judge(series(values), { ...rule, goal: 'higher' });
        const mirrored = series(values.map((value) => -value));
        const lower = judge(mirrored, { ...rule, goal: 'lower' });
        assert.deepEqual([higher.stop, higher.best?.version], [lower.stop, lower.best?.version]);
        if (higher.best === null) return assert.equal(values.length, 0);
        assert.ok(Math.max(...values) <= higher.best.median + minDelta);
        assert.equal(higher.stop, values.length - higher.best.version >= patience);
      }),
    );
  });
});

onOneDatabase('early stop', (database) => {
  const coordinator = useCoordinator(database);

  test('the group is completed, says why, names the best checkpoint, and may be given more rounds', async () => {
    const earlyStop = { metric: 'heldOutLoss', goal: 'lower' as const, patience: 2 };
    const rounds = { count: 100, participants: 2, quorum: 2, earlyStop };
    const admin = await makeGroup(coordinator.url, { settings: { rounds } });
    const params = { group: 'group' };
    const ada = await joinAs(coordinator.url, 'ada');
    const bob = await joinAs(coordinator.url, 'bob');
    const update = tensors({ 'x.shared.A': [1, 1] });
    const losses = [9, 0.9, 0.5, 0.6, 0.7];
    for (const [version, loss] of losses.entries()) {
      for (const [index, one] of [ada, bob].entries()) {
        await one.until('its round', ({ round }) => round?.version === version && !round.contributed);
        // Of no checkpoint yet, of each before training on, twice by one who corrects itself.
        const round = version === 0 ? null : version;
        const report = (value: number) =>
          one.api.call('postMetrics', { params, body: { round, metrics: { heldOutLoss: value } } });
        if (index === 1) await report(100);
        await report(loss + (index === 0 ? 0.01 : -0.01));
        await one.contribute(update);
      }
    }
    await ada.until('the stop', ({ state }) => state === 'completed');
    const group = await admin.call('showGroup', { params });
    assert.deepEqual([group.committedRounds, group.bestVersion], [5, 2]);
    assert.match(group.endedReason ?? '', /^early stop: heldOutLoss was best at checkpoint 2 \(0\.5000\)/);
    assert.equal((await admin.call('extendGroup', { params, body: { rounds: 1 } })).state, 'running');
    await ada.until('its round', ({ round }) => round?.version === 5);
  });
});
