// A coordinator that asks more than a member agreed to, told by the real client: she joins, the settings change behind her, and
// nothing is trained or sent by them without a new yes. Her own limits hold whatever is agreed to.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { assertAgreedWork } from '@colora/client/consent/agree';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions } from '@colora/client/session/client-options';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { type LyingCoordinator, lyingCoordinator } from '../support/lying-coordinator.ts';
import { useMembers } from '../support/members.ts';
import { reviews, writeReviews } from '../support/people.ts';
import { colora, noTerminal, startColora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';

let liar: LyingCoordinator;
const system = useSystem(async () => {
  liar = await lyingCoordinator(system.url);
});
const members = useMembers(system);
after(() => liar?.close());
beforeEach(() => {
  liar.lie = () => undefined;
});

/** What the coordinator says of the group's settings, wherever it says them. */
function tell(change: (settings: TaskSettings) => void, when = (_: string, __: string) => true): void {
  liar.lie = (told, path, asked) => {
    const group = (told.group ?? told) as { settings?: TaskSettings };
    if (group.settings !== undefined && when(path, asked)) change(group.settings);
  };
}

const said: string[] = [];
const ada = (group: string, extra: Partial<ClientOptions> = {}): ClientOptions => {
  const { acceptChanges: _, ...options } = members.options(group, 'ada');
  return {
    ...{ ...options, url: liar.url, socket: false },
    log: ({ message }) => said.push(message),
    ...extra,
  };
};
beforeEach(() => void said.splice(0));
const consentOf = async (group: string) =>
  JSON.parse(await readFile(groupPaths(ada(group).workspace, group).consent, 'utf8')) as {
    how: string;
    settings: TaskSettings;
  };
/** A group of two rounds whose only member has worked for the first. */
async function afterOneRound(group: string, settings: Parameters<typeof makeGroup>[2] = {}): Promise<void> {
  await makeGroup(system, group, { ...settings, rounds: { count: 2, participants: 1, quorum: 1 } });
  const stop = new AbortController();
  const onProgress: ClientOptions['onProgress'] = ({ kind }) => {
    if (kind === 'contributed') stop.abort();
  };
  const outcome = await runClient(ada(group, { onProgress, signal: stop.signal }));
  assert.equal(outcome.rounds, 1);
}
const contributions = async (group: string) =>
  (await system.admin.call('listRounds', { params: { group }, query: {} })).items.reduce(
    (sum, round) => sum + round.contributions,
    0,
  );

describe('joining again', () => {
  test('what a group asks and tells is shown, and kept as it was agreed to', async () => {
    await afterOneRound('shown', { privacy: { clipNorm: 1, noiseMultiplier: 0.1 } });
    const shown = said.filter((line) => line.startsWith('shown: '));
    assert.match(shown.join('\n'), /up to 2 rounds of 2 steps/);
    assert.match(shown.join('\n'), /clipped to the norm 1, noise 0\.1/);
    const { how, settings } = await consentOf('shown');
    assert.equal(how, 'joined');
    assert.equal(settings.privacy.clipNorm, 1);
    assert.equal(settings.privacy.noiseMultiplier, 0.1);

    const { consent } = groupPaths(ada('shown').workspace, 'shown');
    const signed = await readFile(consent, 'utf8');
    await writeFile(consent, signed.replace('"clipNorm": 1', '"clipNorm": 9'));
    await assert.rejects(runClient(ada('shown')), { code: 'workspace-damaged', message: /consent\.json/ });
    await writeFile(consent, signed);
    assert.equal((await runClient(ada('shown'))).state, 'completed');
  });

  test('with the clip gone, to more steps: refused until she says yes, and what she learnt is kept', async () => {
    const group = 'more';
    await afterOneRound(group, { privacy: { clipNorm: 100 } });
    const paths = groupPaths(ada(group).workspace, group);
    const learnt = await readFile(paths.personal);
    tell((settings) => {
      settings.privacy = {};
      settings.training.sharedSteps = 5;
    });
    await assert.rejects(runClient(ada(group)), {
      code: 'not-agreed',
      message: /clip of a contribution’s norm: 100 before, none now.*--accept-changes/,
    });
    const asked: string[] = [];
    const acceptChanges = async (_: string, changes: readonly string[]) => {
      asked.push(...changes);
      return false;
    };
    await assert.rejects(runClient(ada(group, { acceptChanges })), { code: 'not-agreed' });
    assert.equal(asked.length, 2, asked.join('\n'));
    assert.equal(await contributions(group), 1);
    assert.deepEqual(await readFile(paths.personal), learnt);

    const outcome = await runClient(ada(group, { acceptChanges: async () => true }));
    assert.equal(outcome.state, 'completed');
    assert.deepEqual((await consentOf(group)).settings.privacy, {});
    assert.equal((await consentOf(group)).how, 'accepted');
  });

  test('a person at a terminal is asked: only her yes goes on', { skip: noTerminal }, async () => {
    const group = 'asked';
    await afterOneRound(group, { privacy: { clipNorm: 100 } });
    tell((settings) => {
      settings.privacy = {};
    });
    const { workspace } = ada(group);
    const data = await writeReviews(system.folder, group, reviews(3, 8));
    const join = ['join', liar.url, '--group', group, '--data', data, '--workspace', workspace];
    const answering = async (answer: string) => {
      const joining = startColora([...join, '--base-model', system.baseModel], { atTerminal: true });
      await joining.says(/Do you agree, for asked\? \[y\/N\] /);
      joining.child.stdin?.write(answer);
      return await joining.ended;
    };
    for (const no of ['yesterday\r', '\u0003']) {
      const { status, stdout } = await answering(no);
      assert.notEqual(status, 0, stdout);
      assert.match(stdout, /clip of a contribution’s norm: 100\s+before, none now[\s\S]*Do you agree/);
    }
    assert.equal(await contributions(group), 1);
    const { status, stdout } = await answering('y\r');
    assert.equal(status, 0, stdout);
    assert.deepEqual((await consentOf(group)).settings.privacy, {});
  });

  test('to less goes on, with a line about it', async () => {
    const group = 'less';
    await afterOneRound(group, { training: { phases: 'apart', personalSteps: 3 } });
    tell((settings) => {
      settings.training.personalSteps = 1;
    });
    assert.equal((await runClient(ada(group))).state, 'completed');
    assert.match(said.join('\n'), /less asks no more than you agreed to in: work of a round.*before/);
  });

  test('a workspace from before agreements were kept holds the group to what it worked with', async () => {
    const group = 'before';
    await afterOneRound(group, { privacy: { clipNorm: 100 } });
    await rm(groupPaths(ada(group).workspace, group).consent);
    tell((settings) => {
      settings.privacy.clipNorm = 500;
    });
    await assert.rejects(runClient(ada(group)), { code: 'not-agreed', message: /100 before, 500 now/ });
    liar.lie = () => undefined;
    assert.equal((await runClient(ada(group))).state, 'completed');
    assert.equal((await consentOf(group)).how, 'from-before');
  });

  test('a record that can’t be read is no yes', async () => {
    const group = 'damaged';
    await afterOneRound(group);
    await writeFile(groupPaths(ada(group).workspace, group).consent, '{');
    await assert.rejects(runClient(ada(group)), { code: 'workspace-damaged', message: /remove it and join/ });
  });
});

test('the settings that were shown are those that she joins with: others a moment later are refused', async () => {
  const group = 'switched';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  tell(
    (settings) => {
      settings.training.sharedSteps = 10_000;
    },
    (path, asked) => path.endsWith('/members') && !asked.includes('"check":true'),
  );
  await assert.rejects(runClient(ada(group)), { code: 'not-agreed' });
  assert.equal(await contributions(group), 0);
});

test('more rounds in the middle of a run: it ends, what was sent counts, and a yes goes on from there', async () => {
  const group = 'extended';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  const onProgress: ClientOptions['onProgress'] = ({ kind }) => {
    if (kind === 'completed')
      void system.admin
        .call('extendGroup', { params: { group }, body: { rounds: 1 } })
        .catch(() => undefined);
  };
  await assert.rejects(runClient(ada(group, { onProgress, until: 'forever' })), {
    code: 'not-agreed',
    message: /rounds: 1 before, 2 now/,
  });
  assert.equal(await contributions(group), 1);
  const outcome = await runClient(ada(group, { acceptChanges: async () => true }));
  assert.deepEqual([outcome.rounds, outcome.state], [1, 'completed']);
});

test('work without an end is none that was agreed to, whatever its rounds are called', async () => {
  await makeGroup(system, 'unending', { rounds: { count: 8, participants: 1 } }, false);
  const group = await system.admin.call('showGroup', { params: { group: 'unending' } });
  assertAgreedWork(group, 25);
  assert.throws(() => assertAgreedWork(group, 26), { code: 'not-agreed', message: /27 rounds.*has 8/ });
});

describe('her own limits', () => {
  test('steps, clip and noise: refused before anybody is enrolled, by the command with a status of its own', async () => {
    const group = 'limits';
    await makeGroup(system, group, { training: { sharedSteps: 600, accumulate: 4 } });
    const limits = { maxSteps: 100, requireClip: 1, minNoise: 0.5 };
    await assert.rejects(runClient(ada(group, { limits })), {
      code: 'excessive',
      message: /has 2404 steps.*allows 100.*not clipped.*noise multiplier of what you send is 0/,
    });
    const { members: enrolled } = await system.admin.call('showGroup', { params: { group } });
    assert.equal(enrolled, 0);
    const data = await writeReviews(system.folder, group, reviews(1, 8));
    const { status, stderr } = await colora(
      ['join', system.url, '--group', group, '--data', data, '--workspace', join(system.folder, 'limited')],
      { env: { COLORA_MAX_STEPS: '100' } },
    );
    assert.equal(status, 15, stderr);
    assert.match(stderr, /has 2404 steps, and --max-steps allows 100/);
  });

  test('minutes: a round of 10,000 steps ends when its time is over, and leaves no trace', async () => {
    const group = 'endless';
    await makeGroup(system, group, {
      training: { sharedSteps: 10_000 },
      rounds: { count: 1, participants: 1 },
    });
    const began = performance.now();
    const limits = { maxMinutesPerRound: 0.02 };
    await assert.rejects(runClient(ada(group, { limits })), {
      code: 'excessive',
      message: /round 1 takes longer here than the 0\.02 minutes/,
    });
    assert.ok(performance.now() - began < 20_000);
    assert.equal(await contributions(group), 0);
  });

  test('bytes a day: what no day has room for is not fetched', async () => {
    const group = 'thrifty';
    await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
    await assert.rejects(runClient(ada(group, { limits: { maxBytesPerDay: 2000 } })), {
      code: 'excessive',
      message: /checkpoint 0 has \d+ bytes, and --max-bytes-per-day allows 2000 a day/,
    });
  });
});
