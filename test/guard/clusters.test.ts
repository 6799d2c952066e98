// Clusters through the real wire: people to whom labels mean opposite things are told apart by their probes, learn with
// their own, and each one's account stays exact, also when a cluster is split and its rows go on from where they were.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelsOf, predictWith } from '@colora/cli/trained-model/mixed-model';
import { runClient } from '@colora/client/daemon';
import { readVerdict } from '@colora/client/told';
import { readTrained } from '@colora/client/trained';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { readPersonal } from '@colora/client/workspace/personal-store';
import { addScaled, norm, subtract } from '@colora/tensors/arithmetic';
import { decode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { useMembers } from '../support/members.ts';
import { type LabelledText, reviews } from '../support/people.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
const group = 'moods';
const names = ['ada', 'bob', 'cem', 'dia'];
const workspace = (name: string) => join(system.folder, `${group}-${name}`);
const isInverted = (at: number) => at % 2 === 1;
const turned = ({ text, label }: LabelledText) => ({ text, label: label === 'good' ? 'bad' : 'good' });
/** Of the same subjects in the same moods, in another order: what they write about tells nothing of the label. */
const written = (at: number) => reviews(2 * at, 16);
const examplesOf = (at: number) => (isInverted(at) ? written(at).map(turned) : written(at));

async function joinAll(): Promise<void> {
  await Promise.all(
    names.map((name, at) =>
      runClient(
        members.options(group, name, { guard: true, name: `${group}-${name}`, examples: examplesOf(at) }),
      ),
    ),
  );
}

async function checkpoint(version: number): Promise<TensorMap> {
  const answer = await system.admin.call('getCheckpoint', { params: { group, version } });
  return decode(new Uint8Array(await answer.arrayBuffer())).tensors;
}

const show = () => system.admin.call('showClusters', { params: { group } });
const account = async (name: string) =>
  (await readPersonal(groupPaths(workspace(name), group).personal))!.account!;
const only = (map: TensorMap, name: string): TensorMap => new Map([['row', map.get(name)!]]);
const isNear = (a: TensorMap, b: TensorMap) => norm(subtract(a, b)) <= 1e-5 * norm(b);

test('two kinds of people become two clusters, whose rows move by what their members sent', async () => {
  await makeGroup(system, group, {
    rounds: { count: 3, participants: 4, quorum: 4 },
    wire: { upload: 'int8', download: 'f16' },
    training: { personalSteps: 1, sharedSteps: 3 },
  });
  await joinAll();
  const { clusters, mode, unplaced } = await show();
  assert.deepEqual([mode, unplaced], ['auto', []]);
  const kinds = clusters.map(({ members: some }) => some.map((name) => name.slice(group.length + 1)).sort());
  assert.deepEqual(kinds.sort(), [
    ['ada', 'cem'],
    ['bob', 'dia'],
  ]);
  const [first, last] = [await checkpoint(0), await checkpoint(3)];
  for (const { cluster, members: some } of clusters) {
    for (const label of ['bad', 'good']) {
      const row = `head/${cluster}/${label}`;
      let told = only(first, `head/${label}`);
      for (const member of some)
        told = addScaled(told, only((await account(member.slice(group.length + 1))).applied, row), -1);
      assert.ok(isNear(told, only(last, row)), row);
    }
    assert.deepEqual(last.get('head/good'), first.get('head/good'), 'nobody trains the first rows');
  }
});

test('a workspace predicts by its own cluster, and its verdict is of that one', async () => {
  const { found } = await readVerdict(workspace('bob'), group);
  assert.ok(found !== null);
  const trained = await readTrained(workspace('bob'), group);
  assert.ok(![...trained.shared.keys()].some((name) => /^head\/\d/.test(name)));
  const { clusters } = await show();
  const { cluster } = clusters.find(({ members: some }) => some.includes(`${group}-bob`))!;
  const kept = trained.group.place!;
  assert.equal(kept.cluster, cluster);
  const models = await modelsOf(trained, system.baseModel, 'core');
  const texts = examplesOf(1).map(({ text }) => text);
  const answers = await predictWith(members.trainer, system.baseModel, models, texts);
  const right = answers.filter(
    (answer, at) => 'label' in answer && answer.label === examplesOf(1)[at]!.label,
  );
  assert.ok(right.length > 12, `${right.length} of 16`);
});

test('who joins when it is over goes on with the rows that suit her examples, and sends nothing for it', async () => {
  const { clusters, unplaced } = await show();
  for (const [name, friend] of [
    ['eve', 'bob'],
    ['fay', 'ada'],
  ] as const) {
    const like = names.indexOf(friend);
    const examples = reviews(50, 16).map(isInverted(like) ? turned : (one) => one);
    const full = `${group}-${name}`;
    const outcome = await runClient(members.options(group, name, { guard: true, name: full, examples }));
    assert.equal(outcome.state, 'completed');
    const trained = await readTrained(workspace(name), group);
    const { cluster } = clusters.find(({ members: some }) => some.includes(`${group}-${friend}`))!;
    assert.equal(trained.group.place?.cluster, cluster);
    const texts = examples.map(({ text }) => text);
    const models = await modelsOf(trained, system.baseModel, 'core');
    const answers = await predictWith(members.trainer, system.baseModel, models, texts);
    const right = answers.filter((answer, at) => 'label' in answer && answer.label === examples[at]!.label);
    assert.ok(right.length > 10, `${right.length} of 16`);
    assert.notEqual((await readVerdict(workspace(name), group)).found, null);
  }
  const after = await show();
  assert.deepEqual([after.clusters, after.unplaced], [clusters, unplaced]);
});

test('rows of a cluster that an admin emptied are none that a newcomer goes on with, however well they suit', async () => {
  const one = 'moods-in-one';
  await makeGroup(system, one, { rounds: { count: 1, participants: 4, quorum: 4 } });
  const joinOne = (name: string, at: number, count: number) =>
    runClient(
      members.options(one, name, { name: `${one}-${name}`, examples: examplesOf(at).slice(0, count) }),
    );
  const all = () => Promise.all(names.map((name, at) => joinOne(name, at, 8)));
  await all();
  const params = { group: one };
  const { clusters } = await system.admin.call('showClusters', { params });
  assert.equal(clusters.length, 2);
  await system.admin.call('changeClusters', {
    params,
    body: { clusters: [clusters.flatMap(({ members: some }) => some)] },
  });
  await system.admin.call('extendGroup', { params, body: { rounds: 1 } });
  await all();
  const standing = (await system.admin.call('showClusters', { params })).clusters;
  assert.equal(standing.length, 1);
  for (const [name, at] of [
    ['eve', 1],
    ['fay', 0],
  ] as const) {
    await joinOne(name, at, 16);
    const { group: kept } = await readTrained(join(system.folder, `${one}-${name}`), one);
    assert.equal(kept.place?.cluster, standing[0]!.cluster);
  }
});

test('split by an admin: the new rows go on from those before, and what was one’s own in them stays one’s own', async () => {
  const before = await show();
  const mine = before.clusters.find(({ members: some }) => some.includes(`${group}-ada`))!;
  const others = before.clusters.filter((one) => one !== mine).map((one) => one.members);
  const body = { clusters: [[`${group}-ada`], [`${group}-cem`], ...others] };
  await system.admin.call('changeClusters', { params: { group }, body });
  const adaBefore = (await account('ada')).applied;
  const cemBefore = (await account('cem')).applied;
  const middle = await checkpoint(3);
  await system.admin.call('extendGroup', { params: { group }, body: { rounds: 2 } });
  await joinAll();
  const { clusters } = await show();
  const cem = clusters.find(({ members: some }) => some.includes(`${group}-cem`))!;
  assert.deepEqual([cem.members, cem.parent], [[`${group}-cem`], mine.cluster]);
  const last = await checkpoint(5);
  const { applied, lost } = await account('cem');
  assert.equal(lost, null);
  for (const label of ['bad', 'good']) {
    const [old, row] = [`head/${mine.cluster}/${label}`, `head/${cem.cluster}/${label}`];
    const sinceThen = subtract(only(applied, row), only(cemBefore, old));
    assert.ok(
      isNear(subtract(only(middle, old), sinceThen), only(last, row)),
      'only cem moved it since then',
    );
    const without = addScaled(only(last, row), only(applied, row), 1);
    const whatAdaMade = subtract(only(await checkpoint(0), `head/${label}`), only(adaBefore, old));
    assert.ok(isNear(without, whatAdaMade), 'without cem it is what ada made of it before');
  }
  assert.equal((await readVerdict(workspace('cem'), group)).why, null);
});

test('who shares her head with nobody goes on with rows that suit her examples as well; whom nobody’s suit stays alone', async () => {
  const apart = 'apart';
  const people = ['ada', 'bob', 'cem', 'dia'];
  const joined = (name: string) => `${apart}-${name}`;
  const joinApart = () =>
    Promise.all(
      people.map((name, at) => {
        const examples = name === 'dia' ? written(at).map(turned) : written(at);
        return runClient(members.options(apart, name, { guard: true, name: joined(name), examples }));
      }),
    );
  const clusters = async () =>
    (await system.admin.call('showClusters', { params: { group: apart } })).clusters;
  const clusterOf = async (name: string) =>
    (await clusters()).find(({ members: some }) => some.includes(joined(name)))!.cluster;
  await makeGroup(system, apart, {
    rounds: { count: 2, participants: 4, quorum: 4 },
    training: { personalSteps: 1, sharedSteps: 7 },
    privacy: { minMembers: 2 },
  });
  await joinApart();
  assert.notEqual(await clusterOf('dia'), await clusterOf('ada'));
  const wanted = [[joined('ada'), joined('bob')], [joined('cem')], [joined('dia')]];
  await system.admin.call('changeClusters', { params: { group: apart }, body: { clusters: wanted } });
  await system.admin.call('extendGroup', { params: { group: apart }, body: { rounds: 1 } });
  await joinApart();
  assert.notEqual(await clusterOf('cem'), await clusterOf('ada'), 'as the admin said');
  const placeOf = async (name: string) =>
    (await readTrained(join(system.folder, joined(name)), apart)).group.place!.cluster;
  assert.equal(await placeOf('cem'), await clusterOf('ada'));
  assert.equal(await placeOf('dia'), await clusterOf('dia'));
});
