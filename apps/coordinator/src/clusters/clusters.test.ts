// Clusters through the real routes: members are told apart by their probes, their head rows meet within a cluster and
// nowhere else, newcomers find theirs, a new one starts from the rows it was split from, and admins have the last word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import {
  clusteredSettings,
  contribute,
  initial,
  type Kind,
  labels,
  places,
  sendProbe,
} from '../testing/clustered-group.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { hash, joinAs, makeGroup, type TestMember, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onOneDatabase('clusters', (database) => {
  const coordinator = useCoordinator(database);

  async function makeClustered(
    name: string,
    people: Record<string, Kind>,
    count = 3,
    clusters: 'auto' | 'fixed' = 'auto',
  ) {
    const participants = Object.keys(people).length;
    const admin = await makeGroup(coordinator.url, {
      name,
      initial,
      settings: clusteredSettings(participants, count, clusters),
    });
    const members: Record<string, TestMember> = {};
    for (const [person, kind] of Object.entries(people)) {
      members[person] = await joinAs(coordinator.url, `${person}-${name}`, name);
      assert.equal((await members[person].assignment()).place, null);
      assert.equal(await sendProbe(members[person], name, kind), null);
    }
    return { admin, members };
  }

  test('members of a kind are one cluster; their rows are averaged there, the shared part over all', async () => {
    const group = 'two-kinds';
    const people = { ada: 'plain', bob: 'inverted', cem: 'plain', dia: 'inverted' } as const;
    const { admin, members } = await makeClustered(group, people, 1);
    const { ada, bob, cem, dia } = members as Record<keyof typeof people, TestMember>;
    await ada.until('a round', ({ round }) => round !== null);
    const found = await places(admin, group);
    assert.deepEqual(found, { 1: [`ada-${group}`, `cem-${group}`], 2: [`bob-${group}`, `dia-${group}`] });
    const { place, round } = await bob.assignment();
    assert.equal(round?.members, 4);
    assert.deepEqual(place, {
      cluster: 2,
      name: null,
      members: 2,
      rows: labels.map((label) => ({ label, start: `head/${label}`, version: 0 })),
    });
    const wrong = ada.contribute(tensors({ 'head/2/bad': [1, 1, 1, 1, 1] }));
    await assert.rejects(wrong, /you were in cluster 1, and "head\/2\/bad" is no row of it/);
    await assert.rejects(ada.contribute(tensors({ 'head/bad': [1, 1, 1, 1, 1] })), /is no row of it/);
    await contribute(ada, group, 1);
    await contribute(bob, group, 3, ['good']);
    await contribute(cem, group, 2);
    await contribute(dia, group, 10);
    const done = await ada.until('the end', ({ state }) => state === 'completed');
    assert.equal(done.place?.cluster, 1);
    const checkpoint = await ada.checkpoint();
    assert.deepEqual(
      [...checkpoint].map(([name, { data }]) => [name, data[0], data[data.length - 1]]),
      [
        ['head/bad', 0, 7],
        ['head/good', 0, 8],
        ['x.shared.A', 1 - 4, 2 - 4],
        ['head/1/bad', -1.5, 5.5],
        ['head/1/good', -1.5, 6.5],
        ['head/2/bad', -10, -3],
        ['head/2/good', -6.5, 1.5],
      ],
    );
  });

  test('who comes in a round trains in it, in its own cluster: one that is there, or a new one', async () => {
    const group = 'newcomers';
    const { admin, members } = await makeClustered(group, { ada: 'plain', bob: 'plain' }, 2);
    await members.ada!.until('a round', ({ round }) => round !== null);
    const late = await joinAs(coordinator.url, 'late', group);
    assert.equal((await late.assignment()).round, null, 'nobody is asked before its probe is there');
    const { waiting } = await admin.call('showGroup', { params: { group } });
    assert.equal(waiting?.what, 'contributions');
    assert.equal(await sendProbe(late, group, 'plain'), 1);
    assert.equal(await sendProbe(late, group, 'plain'), 1, 'repeatable');
    assert.equal(await sendProbe(late, group, 'inverted'), 1, 'the first one counts');
    assert.equal(await sendProbe(late, group, 'inverted', ['bad']), 1, 'also against one of fewer labels');
    const alien = await joinAs(coordinator.url, 'alien', group);
    assert.equal(await sendProbe(alien, group, 'inverted', ['good']), 2);
    const { round, place } = await members.ada!.assignment();
    assert.deepEqual([round?.members, place?.members], [2, 2], 'as they were when the round opened');
    assert.deepEqual((await alien.assignment()).place?.members, 0);
    await contribute(alien, group, 5, ['good']);
    await contribute(late, group, 3);
    await contribute(members.ada!, group, 0);
    await contribute(members.bob!, group, 0);
    await late.until('the next round', ({ round }) => round?.number === 2);
    const checkpoint = await late.checkpoint();
    assert.deepEqual(
      [...checkpoint].slice(3).map(([name, { data }]) => [name, data[0]]),
      [
        ['head/1/bad', -1],
        ['head/1/good', -1],
        ['head/2/good', -5],
      ],
    );
    const { history } = await admin.call('showClusters', { params: { group } });
    assert.deepEqual(
      history.map(({ round, cause, clusters, moved }) => [round, cause, clusters, moved]),
      [
        [1, 'a member came', 2, 0],
        [1, 'a member came', 1, 0],
        [1, 'members came or went', 1, 0],
      ],
    );
    // a label that it hadn't before: the row is there at once, behind those that are
    assert.equal(await sendProbe(alien, group, 'inverted'), 2);
    await contribute(alien, group, 1);
    await contribute(late, group, 0);
    await contribute(members.ada!, group, 0);
    await contribute(members.bob!, group, 0);
    await late.until('the end', ({ state }) => state === 'completed');
    const last = [...(await late.checkpoint())].at(-1)!;
    assert.deepEqual([last[0], last[1].data[0], last[1].data[4]], ['head/2/bad', -1, 6]);
  });

  test('an admin splits and merges, from the next round on; rows start from those of the cluster before', async () => {
    const group = 'said';
    const people = { ada: 'plain', bob: 'plain', cem: 'other' } as const;
    const { admin, members } = await makeClustered(group, people, 4);
    const everybody = async (by: number) => {
      for (const one of Object.values(members)) await contribute(one, group, by);
    };
    await everybody(1);
    await members.ada!.until('round 2', ({ round }) => round?.number === 2);
    const [ada, bob, cem] = ['ada', 'bob', 'cem'].map((name) => `${name}-${group}`) as [
      string,
      string,
      string,
    ];
    assert.deepEqual(await places(admin, group), { 1: [ada, bob], 2: [cem] });
    const change = (body: object) => admin.call('changeClusters', { params: { group }, body: body as never });
    await assert.rejects(change({ clusters: [[ada], [bob]] }), /say where cem-said belongs too/);
    await assert.rejects(
      change({
        clusters: [
          [ada, ada],
          [bob, cem],
        ],
      }),
      /ada-said is in two of them/,
    );
    await assert.rejects(change({ clusters: [['nobody'], [ada, bob, cem]] }), /nobody is no member/);
    await assert.rejects(change({ names: [{ cluster: 9, name: 'x' }] }), /has no cluster 9/);
    await assert.rejects(change({ names: [{ cluster: 1, name: '2' }] }), /would pass for a cluster’s number/);
    const both = [1, 2].map((cluster) => ({ cluster, name: 'books' }));
    await assert.rejects(change({ names: both }), /cluster 1 is called books already/);
    assert.deepEqual((await change({ clusters: [[ada], [bob], [cem]] })).waiting, [[ada], [bob], [cem]]);
    const back = await change({ mode: 'auto' });
    assert.deepEqual(
      [back.mode, back.waiting],
      ['auto', null],
      'who says who decides takes back what waited',
    );
    const said = await change({ clusters: [[ada], [bob, cem]], names: [{ cluster: 1, name: 'films' }] });
    assert.deepEqual([said.mode, said.waiting], ['fixed', [[ada], [bob, cem]]]);
    assert.deepEqual(await places(admin, group), { 1: [ada, bob], 2: [cem] }, 'nobody moves within a round');
    await everybody(0);
    await members.ada!.until('round 3', ({ round }) => round?.number === 3);
    assert.deepEqual(await places(admin, group), { 1: [ada], 2: [bob, cem] });
    await members.cem!.until('its place', ({ place }) => place?.cluster === 2);
    assert.equal((await members.ada!.assignment()).place?.name, 'films');
    await change({ clusters: [[ada], [bob], [cem]] });
    await everybody(0);
    const { place } = await members.cem!.until('round 4', ({ round }) => round?.number === 4);
    assert.equal(place?.cluster, 3);
    assert.deepEqual(place.rows[0], { label: 'bad', start: 'head/2/bad', version: 3 });
    await everybody(0);
    const { clusters } = await members.ada!.until('the end', ({ state }) => state === 'completed');
    assert.deepEqual(clusters, [1, 2, 3]);
    const checkpoint = await members.ada!.checkpoint();
    assert.deepEqual(checkpoint.get('head/3/good')?.data, checkpoint.get('head/2/good')?.data);
    const { items } = await admin.call('listEvents', { params: { group }, query: { kind: 'clusters-said' } });
    assert.equal(items.length, 4);
    const asParticipant = members.ada!.api.call('showClusters', { params: { group } });
    await assert.rejects(asParticipant, /operator or admin/);
    const asMember = members.ada!.api.call('changeClusters', { params: { group }, body: { mode: 'auto' } });
    await assert.rejects(asMember, /admin/);
  });

  test('clusters that an admin emptied are none to choose from once the group is completed', async () => {
    const group = 'emptied';
    const { admin, members } = await makeClustered(group, { ada: 'plain', bob: 'inverted' }, 2);
    const names = [`ada-${group}`, `bob-${group}`];
    await contribute(members.ada!, group, 1);
    await contribute(members.bob!, group, 1);
    await admin.call('changeClusters', { params: { group }, body: { clusters: [names] } });
    await contribute(members.ada!, group, 1);
    await contribute(members.bob!, group, 1);
    const { clusters } = await members.ada!.until('the end', ({ state }) => state === 'completed');
    assert.deepEqual([clusters, await places(admin, group)], [[1], { 1: names }]);
    assert.ok(
      [...(await members.ada!.checkpoint()).keys()].includes('head/2/good'),
      'its rows are still there',
    );
    const late = await joinAs(coordinator.url, 'late', group);
    const told = await late.assignment();
    assert.deepEqual([told.place, told.clusters], [null, [1]]);
  });

  test('who isn’t placed need not be named, and is placed where its probe fits', async () => {
    const group = 'unnamed';
    const admin = await makeGroup(coordinator.url, {
      name: group,
      initial,
      settings: clusteredSettings(3, 1),
    });
    const join = async (name: string, kind: Kind) => {
      const one = await joinAs(coordinator.url, name, group);
      assert.equal(await sendProbe(one, group, kind), null);
    };
    await join('ada-unnamed', 'plain');
    await join('bob-unnamed', 'inverted');
    const body = { clusters: [['ada-unnamed'], ['bob-unnamed']] };
    await admin.call('changeClusters', { params: { group }, body });
    const cem = await joinAs(coordinator.url, 'cem-unnamed', group);
    await sendProbe(cem, group, 'inverted');
    await cem.until('its place', ({ place }) => place !== null);
    assert.deepEqual(await places(admin, group), { 1: ['ada-unnamed'], 2: ['bob-unnamed', 'cem-unnamed'] });
  });

  test('who left before it was placed comes again with the probe of before', async () => {
    const group = 'again';
    const settings = clusteredSettings(2, 1);
    const admin = await makeGroup(coordinator.url, { name: group, initial, settings });
    const ada = await joinAs(coordinator.url, `ada-${group}`, group);
    const bob = await joinAs(coordinator.url, `bob-${group}`, group);
    assert.equal(await sendProbe(bob, group, 'plain'), null);
    const leave = () => bob.api.call('leaveGroup', { params: { group } });
    await leave();
    await assert.rejects(sendProbe(bob, group, 'plain'), { name: 'ApiProblem' });
    await bob.api.call('joinGroup', { params: { group }, body: {} });
    await sendProbe(ada, group, 'plain');
    await bob.until('a round', ({ round }) => round !== null);
    assert.deepEqual(await places(admin, group), { 1: [`ada-${group}`, `bob-${group}`] });
  });

  test('fixed clusters: one at first, and newcomers go where they fit best', async () => {
    const group = 'fixed';
    const { admin, members } = await makeClustered(group, { ada: 'plain', bob: 'inverted' }, 2, 'fixed');
    await members.ada!.until('a round', ({ round }) => round !== null);
    assert.deepEqual(await places(admin, group), { 1: [`ada-${group}`, `bob-${group}`] });
    const { proposal, matrix } = await admin.call('showClusters', { params: { group } });
    assert.deepEqual(proposal, [[`ada-${group}`], [`bob-${group}`]]);
    assert.deepEqual(matrix?.participants, [`ada-${group}`, `bob-${group}`]);
    assert.ok(matrix!.values[0]![1]! < -0.9);
    const late = await joinAs(coordinator.url, 'late-fixed', group);
    assert.equal(await sendProbe(late, group, 'other'), 1);
  });

  test('a probe that is none is refused with what is wrong, and so is one where there are no clusters', async () => {
    const { members } = await makeClustered('probes', { ada: 'plain', bob: 'plain' });
    const send = (map: TensorMap, sha256?: string) => {
      const bytes = encode(map);
      const params = { group: 'probes' };
      return members.ada!.api.call('putProbe', { params, bytes, sha256: sha256 ?? hash(bytes) });
    };
    await assert.rejects(send(tensors({ 'head/else': [0, 0, 0, 0, 0] })), /"head\/else" is none/);
    await assert.rejects(send(tensors({ 'head/1/bad': [0, 0, 0, 0, 0] })), /is none/);
    await assert.rejects(send(tensors({ 'x.shared.A': [1, 2] })), /is none/);
    await assert.rejects(send(tensors({ 'head/bad': [0, 0] })), /has the shape \[2\], a row here has \[5\]/);
    await assert.rejects(send(tensors({ 'head/bad': [0, Number.NaN, 0, 0, 0] })), /NaN/);
    await assert.rejects(send(tensors({ 'head/bad': [9, 0, 0, 0, 0] })), /longer than a probe/);
    await assert.rejects(send(new Map()), /holds no row/);
    await assert.rejects(send(tensors({ 'head/bad': Array(9_000).fill(0) })), /at most/);
    await assert.rejects(send(tensors({ 'head/bad': [0, 0, 0, 0, 0] }), 'a'.repeat(64)), /Content-Digest/);
    await makeGroup(coordinator.url, { name: 'without' });
    const kim = await joinAs(coordinator.url, 'kim-without', 'without');
    await assert.rejects(sendProbe(kim, 'without', 'plain'), /has no clusters, and takes no probes/);
    const headless = makeGroup(coordinator.url, {
      name: 'headless',
      settings: { task: { kind: 'classification', labels, clusters: 'auto' } },
    });
    await assert.rejects(headless, /begins with rows head\/<label>/);
  });
});
