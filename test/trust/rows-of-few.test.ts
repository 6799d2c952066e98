// A label that too few members have, from end to end: its row is in nothing that is sent and in no checkpoint, its owner learns and
// predicts with it all the same, and once a third member has it, it travels from where its owners have got to.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTaskGroup } from '@colora/cli/create-group';
import { runClient } from '@colora/client/daemon';
import { readTrained } from '@colora/client/trained';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { readPersonal } from '@colora/client/workspace/personal-store';
import { add, norm, scale, subtract } from '@colora/tensors/arithmetic';
import { decode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { useMembers } from '../support/members.ts';
import { reviews } from '../support/people.ts';
import { smallSettings, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
const group = 'odd-ones';
const row = 'head/odd';
const odd = ['the parcel was green', 'a green box', 'green all over', 'so very green'].map((text) => ({
  ...{ text, label: 'odd' },
}));
const names = ['ada', 'bob', 'cleo'];

/** All three until the rounds that the group has are over; `with` some odd examples for those named. */
async function train(withOdd: readonly string[]): Promise<void> {
  const joined = names.map((name, at) => {
    const examples = [...reviews(at, 8), ...(withOdd.includes(name) ? odd : [])];
    return runClient(members.options(group, name, { name, examples }));
  });
  for (const { state } of await Promise.all(joined)) assert.equal(state, 'completed');
}

async function checkpoint(version: number): Promise<TensorMap> {
  const answer = await system.admin.call('getCheckpoint', { params: { group, version } });
  return decode(new Uint8Array(await answer.arrayBuffer())).tensors;
}

const only = (tensors: TensorMap) => new Map([[row, tensors.get(row)!]]);
const ownRowOf = async (name: string) =>
  only((await readPersonal(groupPaths(workspaceOf(name), group).personal))!.rows.rows);
const workspaceOf = (name: string) => join(system.folder, `${group}-${name}`);
const shownTo = async (name: string) => (await readTrained(workspaceOf(name), group)).shared;

test('it stays with its owners until a third has it, and then goes on from there', async () => {
  const { admin, baseModel } = system;
  const settings = {
    ...smallSettings({ privacy: { minMembers: 3 }, rounds: { count: 2, participants: 3, quorum: 3 } }),
    task: {
      kind: 'classification' as const,
      labels: ['bad', 'good', 'odd'],
      ...{ maxTokens: 8, clusters: 'off' as const },
    },
  };
  await createTaskGroup(admin, { name: group, access: 'open', baseModel, settings });
  await admin.call('startGroup', { params: { group } });

  await train(['ada', 'bob']);
  const second = await checkpoint(2);
  assert.equal(norm(only(second)), 0, 'nothing of it is in the checkpoint');
  assert.ok(norm(new Map([['head/bad', second.get('head/bad')!]])) > 0);
  const [ada, bob] = [await shownTo('ada'), await shownTo('bob')];
  assert.ok(norm(only(ada)) > 0 && norm(only(bob)) > 0, 'they learn and predict with it');
  assert.deepEqual(ada.get('head/bad'), second.get('head/bad'), 'what moves is everybody’s');
  assert.equal(norm(only(await shownTo('cleo'))), 0);
  const { contributionList } = await admin.call('showRound', { params: { group, round: 2 } });
  const bytes = new Map(contributionList.map(({ participant, bytes }) => [participant, bytes]));
  assert.ok(Math.abs(bytes.get('ada')! - bytes.get('cleo')!) < 64, 'nor in what is sent');

  await train(names); // tells before the next round opens what cleo has now
  await admin.call('extendGroup', { params: { group }, body: { rounds: 1 } });
  await train(names);
  const third = await checkpoint(3);
  const moved = only(third);
  const ends: TensorMap[] = await Promise.all(names.map(ownRowOf));
  const mean = scale(
    ends.reduce((sum, end) => add(sum, end)),
    1 / names.length,
  );
  assert.ok(norm(subtract(moved, mean)) < 1e-5 * norm(moved), 'the mean of where all three have got to');
  const further = norm(subtract(ends[0]!, only(ada)));
  assert.ok(further > 0 && further < norm(ends[0]!), 'ada went on from where she was');
  for (const name of names) assert.deepEqual(only(await shownTo(name)), moved, `${name} has it of all three`);
});
