// kill -9 of a member at each step of a masked round, before it is heard or after, all in one life: whoever is started again says the very same, and
// the round ends in the sum of all. That nothing else may leave whatever she is told is packages/privacy's member-steps.test.ts.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { maskingOf } from '@colora/client/workspace/masked/masking-store';
import { openGate, type Passage } from '../support/gate.ts';
import { useMembers } from '../support/members.ts';
import { reviews, writeReviews } from '../support/people.ts';
import { killHard, type Running, startColora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
const group = 'masked'; // of three, so that each has to take every step
const workspace = () => join(system.folder, 'workspace-anna');

/** In the order in which they come. */
const points: readonly [way: Passage['way'], path: RegExp][] = [
  ['out', /masking-keys$/],
  ['out', /masking\/shares$/],
  ['in', /rounds\/1\/contribution$/],
  ['out', /masking\/signature$/],
  ['in', /masking\/reveals$/],
];

function anna(url: string, data: string): Running {
  const files = ['--data', data, '--workspace', workspace(), '--base-model', system.baseModel];
  return startColora([
    'join',
    url,
    '--group',
    group,
    '--name',
    'anna',
    '--poll-only',
    '--threads',
    '1',
    ...files,
  ]);
}

test('killed at each step, a member says the same again, and counts once', async () => {
  const data = await writeReviews(system.folder, 'anna', reviews(1, 8));
  await makeGroup(system, group, {
    privacy: { minMembers: 3, clipNorm: 1, secureAggregation: {} },
    rounds: { count: 1, participants: 3, quorum: 3, deadlineSeconds: 480 },
  });
  const others = ['bob', 'cleo'].map((name) => runClient(members.options(group, name, { name })));
  const said = new Map<string, Set<string>>();
  let atEachDoor: (passage: Passage) => Promise<void> = async () => undefined;
  const gate = await openGate(system.url, async (passage) => {
    const { line, way, body } = passage;
    if (way === 'in' && line.startsWith('PUT'))
      said.set(line, (said.get(line) ?? new Set()).add(Buffer.from(body).toString('hex')));
    await atEachDoor(passage);
  });
  try {
    for (const [way, path] of points) {
      let dead: Promise<void> | undefined;
      atEachDoor = async (passage) => {
        if (passage.way !== way || !passage.line.startsWith('PUT') || !path.test(passage.line)) return;
        dead ??= killHard(running);
        await dead;
      };
      const running = anna(gate.url, data);
      const { status, stderr } = await running.ended;
      assert.equal(status, null, `it ended, and was not killed ${way} ${path}: ${stderr}`);
    }
    atEachDoor = async () => undefined;
    const { status, stderr } = await anna(gate.url, data).ended;
    assert.equal(status, 0, stderr);
  } finally {
    await gate.close();
  }
  for (const { state } of await Promise.all(others)) assert.equal(state, 'completed');
  for (const path of [/shares$/, /contribution$/, /signature$/, /reveals$/]) {
    const lines = [...said].filter(([line]) => path.test(line));
    assert.deepEqual(
      lines.map(([, bodies]) => bodies.size),
      [1],
      `${path} was said once or always alike`,
    );
  }
  const { attempts, contributions } = await roundOf(1);
  assert.deepEqual([attempts, contributions], [1, 3]);
  const settings = (await system.admin.call('showGroup', { params: { group } })) as Parameters<
    typeof maskingOf
  >[1];
  const { state } = (await maskingOf(groupPaths(workspace(), group), settings))!;
  assert.equal(state!.attempt!.refused, null);
  assert.ok(
    state!.unused.every(({ index }) => index > 0),
    'the key that was used is gone',
  );
});

async function roundOf(round: number) {
  const { contributions, masking } = await system.admin.call('showRound', { params: { group, round } });
  return { attempts: masking?.attempt, contributions };
}
