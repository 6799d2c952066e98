// Changing a group's settings: what takes effect at once, what waits for the live round to be over, what is refused, and two
// admins at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { changeWords } from '@colora/protocol/settings/changes';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup, makeSettings, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const update = tensors({ 'x.shared.A': [1, 1] });
const refusal = (code: ProblemCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.deepEqual([error.problem.code, text.test(error.problem.detail)], [code, true], error.problem.detail);
  return true;
};

onOneDatabase('changed settings', (database) => {
  const coordinator = useCoordinator(database);
  const rounds = { count: 3, participants: 1, quorum: 1 };

  async function makeRunning(name: string, extra: Partial<TaskSettingsInput> = {}) {
    const admin = await makeGroup(coordinator.url, { name, settings: { rounds, ...extra } });
    const ada = await joinAs(coordinator.url, `${name}-ada`, name);
    await ada.until('a round', ({ round }) => round !== null);
    const params = { group: name };
    const change = (settings: Partial<TaskSettingsInput>, more: object = {}) =>
      admin.call('changeSettings', {
        params,
        body: {
          settings: makeSettings({
            ...{ rounds, ...extra, ...settings },
            training: { phases: 'joint', ...settings.training }, // what a new group is given
          }),
          ...more,
        },
      });
    return { admin, ada, params, change };
  }

  test('a live round keeps the settings that it opened with; the next one has the new ones', async () => {
    const { admin, ada, params, change } = await makeRunning('live');
    const wanted = { training: { batchSize: 16 }, rounds: { ...rounds, count: 2, retries: 9 } };
    const { group, changes, fromRound } = await change(wanted);
    assert.deepEqual(
      changes.map((each) => [changeWords(each), each.when]),
      [
        ['training.batchSize: 8 -> 16', 'next-round'],
        ['rounds.count: 3 -> 2', 'now'],
        ['rounds.retries: 3 -> 9', 'now'],
      ],
    );
    assert.equal(fromRound, 2);
    const { settings, nextSettings } = group;
    assert.deepEqual(
      [settings.training.batchSize, settings.rounds.count, settings.rounds.retries],
      [8, 2, 9],
    );
    assert.equal(nextSettings?.training.batchSize, 16);
    const { settingsVersion } = await ada.assignment();

    assert.deepEqual((await change(wanted)).changes, []);
    await admin.call('extendGroup', { params, body: { rounds: 1 } });
    await ada.contribute(update);
    const next = await ada.until('round 2', ({ round }) => round?.number === 2);
    assert.notEqual(next.settingsVersion, settingsVersion);
    const now = await admin.call('showGroup', { params });
    assert.deepEqual(
      [now.settings.training.batchSize, now.settings.rounds.count, now.nextSettings],
      [16, 3, null],
    );
    const made = await admin.call('showManifest', { params: { ...params, version: 1 } });
    assert.equal(taskSettingsSchema.parse(JSON.parse(made.settings)).training.batchSize, 8);
  });

  test('what waits comes with the end of a cancelled round too, and before a round that it lets open', async () => {
    const { admin, ada, params, change } = await makeRunning('cancelled');
    await change({ rounds: { ...rounds, participants: 2, quorum: 2 } });
    await admin.call('cancelRound', { params: { ...params, round: 1 } });
    await ada.until('nothing to do', ({ round, waiting }) => round === null && waiting?.needed === 2);
    const { fromRound, group } = await change({});
    assert.deepEqual([fromRound, group.nextSettings, group.settings.rounds.participants], [2, null, 1]);
    await ada.until('round 2', ({ round }) => round?.number === 2);
  });

  test('a field that is never changed is refused by name and reason, and nothing of the rest is done', async () => {
    const { admin, params, change } = await makeRunning('fixed');
    const wanted = { adapter: { rank: 16 }, training: { batchSize: 16 } };
    await assert.rejects(
      change(wanted),
      refusal('invalid-settings', /adapter\.rank: 8 -> 16 \(the checkpoints.*make a new group/),
    );
    const { settings, nextSettings } = await admin.call('showGroup', { params });
    assert.deepEqual([settings.training.batchSize, nextSettings], [8, null]);
    const asked = await change(wanted, { check: true });
    assert.deepEqual(
      asked.changes.map(({ path, when }) => [path, when]),
      [
        ['adapter.rank', 'never'],
        ['training.batchSize', 'next-round'],
      ],
    );
    assert.equal((await admin.call('showGroup', { params })).nextSettings, null);
  });

  test('two admins at once: the second one is told what the first one changed', async () => {
    const { admin, params, change } = await makeRunning('two');
    const { access, settings } = await admin.call('showGroup', { params });
    const seen = { access, settings };
    await change({ training: { batchSize: 16 } }, { access: 'invitation', seen });
    await assert.rejects(
      change({ training: { batchSize: 4 } }, { seen }),
      refusal('settings-changed', /access: open -> invitation; training\.batchSize: 8 -> 16\. Look at it/),
    );
    const { nextSettings } = await admin.call('showGroup', { params });
    const later = { seen: { access: 'invitation', settings: nextSettings } };
    assert.equal((await change({ training: { batchSize: 4 } }, later)).changes.length, 1);
  });

  test('rounds: no fewer than are committed, and a completed group is extended instead', async () => {
    const { ada, change } = await makeRunning('count', { rounds: { ...rounds, count: 2 } });
    await ada.contribute(update);
    await ada.until('round 2', ({ round }) => round?.number === 2);
    await assert.rejects(
      change({ rounds: { ...rounds, count: 1 } }),
      refusal('invalid-settings', /1 rounds of count are committed/),
    );
    await ada.contribute(update);
    await ada.until('the end', ({ state }) => state === 'completed');
    await assert.rejects(
      change({ rounds: { ...rounds, count: 5 } }),
      refusal('wrong-group-state', /colora groups extend/),
    );
    const { group } = await change({ rounds: { ...rounds, count: 2 }, retention: { checkpoints: 4 } });
    assert.deepEqual([group.state, group.settings.retention.checkpoints], ['completed', 4]);
  });

  test('settings that the schema refuses are told by field', async () => {
    const { change } = await makeRunning('wrong');
    await assert.rejects(
      change({ rounds: { ...rounds, quorum: 5 } }),
      refusal('invalid-settings', /rounds\.quorum/),
    );
  });
});
