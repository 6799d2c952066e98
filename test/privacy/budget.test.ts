// A privacy budget with the real client: what she sends is as noisy as is claimed and tells nothing beside it, the group ends before
// its budget is passed, and she before hers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { readSpendings } from '@colora/client/told';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { elementCount } from '@colora/tensors/tensor';
import { useMembers } from '../support/members.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
/** Rounds at one clip norm come to 4.73, 7.25, 9.42 at delta 1e-5. */
const privacy = { clipNorm: 1, noiseMultiplier: 1, delta: 1e-5 };
const rounds = { count: 5, participants: 1, quorum: 1 };

describe('a group with a privacy budget', () => {
  test('ends before a round would pass it; what was sent is noise of the size that is claimed, and no figures', async () => {
    const group = 'budget';
    await makeGroup(system, group, { privacy: { ...privacy, epsilon: 6 }, rounds });
    const said: string[] = [];
    const options = {
      ...members.options(group, 'ada'),
      log: ({ message }: { message: string }) => said.push(message),
    };
    const outcome = await runClient(options);
    assert.deepEqual([outcome.state, outcome.rounds], ['completed', 1]);
    const shown = await system.admin.call('showGroup', { params: { group } });
    assert.match(
      shown.endedReason ?? '',
      /privacy budget is spent: another round would pass epsilon 6 at delta/,
    );
    assert.ok(
      said.some((line) => /round 1: your epsilon is 4\.\d+ of the group’s 6/.test(line)),
      said.join('\n'),
    );
    const [own] = await readSpendings(options.workspace, system.url);
    assert.deepEqual([own?.[0], own?.[1].epsilon], [group, shown.privacy?.spent]);

    const detail = await system.admin.call('showRound', {
      params: { group, round: 1 },
      query: {},
    });
    const [sent] = detail.contributionList;
    assert.ok(sent !== undefined);
    const response = await system.admin.call('getCheckpoint', { params: { group, version: 'latest' } });
    const { tensors } = decode(new Uint8Array(await response.arrayBuffer()));
    const values = [...tensors.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
    // a clipped update of at most 1, and as many normal numbers: their length is sqrt(values) but for a few hundredths
    const expected = Math.sqrt(values);
    assert.ok(Math.abs(sent.norm / expected - 1) < 0.05, `${sent.norm} is not about ${expected}`);
    for (const figure of ['examples', 'personalLoss', 'sharedLoss', 'contributionNorm'])
      assert.ok(!(figure in detail.metrics), `${figure} is told`);
    assert.equal((await system.admin.call('listMetrics', { params: { group }, query: {} })).total, 0);
  });

  test('a member leaves before her own limit is passed, and joins none that claims nothing', async () => {
    const group = 'mine';
    await makeGroup(system, group, { privacy, rounds });
    const options = { ...members.options(group, 'bob'), limits: { maxEpsilon: 5 } };
    await assert.rejects(runClient(options), {
      code: 'excessive',
      message: /take your epsilon to 7\.\d+ at delta 0\.00001, and --max-epsilon allows 5/,
    });
    const done = await system.admin.call('listRounds', { params: { group }, query: {} });
    assert.equal(
      done.items.reduce((sum, { contributions }) => sum + contributions, 0),
      1,
    );
    await assert.rejects(runClient(options), { code: 'excessive' }, 'it is kept what she spent');

    await makeGroup(system, 'claims-nothing', { privacy: { clipNorm: 1, noiseMultiplier: 1 }, rounds });
    const other = { ...members.options('claims-nothing', 'eve'), limits: { maxEpsilon: 5 } };
    await assert.rejects(runClient(other), {
      code: 'excessive',
      message: /not accounted for.*--max-epsilon/,
    });
  });
});
