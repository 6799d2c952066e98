// Joining for the first time: what is wrong with data, labels, base model or adapter is noticed before anyone is enrolled,
// and a workspace keeps the key it has.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { namedByHand } from '@colora/cli/base-model/download-offer';
import { resolveGroupsModel } from '@colora/cli/base-model/resolve-base-model';
import { createTaskGroup } from '@colora/cli/create-group';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions } from '@colora/client/session/client-options';
import { importPersonal } from '@colora/client/session/import-personal';
import { readTrained } from '@colora/client/trained';
import { openGate } from '../support/gate.ts';
import { useMembers } from '../support/members.ts';
import { reviews, writeReviews } from '../support/people.ts';
import { makeGroup, smallSettings, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);

async function everybody(): Promise<string[]> {
  const { items } = await system.admin.call('listParticipants', { query: { limit: 200 } });
  return items.map(({ name }) => name);
}

/** A running group of one round for one, by invitation. */
async function makeInvited(group: string): Promise<{ group: string }> {
  const { admin, baseModel } = system;
  const settings = smallSettings({ rounds: { count: 1, participants: 1 } });
  await createTaskGroup(admin, { name: group, access: 'invitation', baseModel, settings });
  await admin.call('startGroup', { params: { group } });
  return { group };
}

const fromFile = (dataPath: string): Partial<ClientOptions> => ({ examples: undefined, dataPath });

test('whatever is wrong with what a newcomer brings enrols nobody, and the invitation can still be used', async () => {
  const { admin } = system;
  const params = await makeInvited('strict');
  const { invitation } = await admin.call('createInvitation', { params, body: {} });
  const [wrongLabel, empty] = await Promise.all([
    writeReviews(system.folder, 'wrong-label', [...reviews(1, 2), { text: 'words', label: 'Billing' }]),
    writeReviews(system.folder, 'none', []),
  ]);
  const noModel = join(system.folder, 'no-model');
  await mkdir(noModel);
  const faults: readonly [string, Partial<ClientOptions>, RegExp][] = [
    ['label', fromFile(wrongLabel), /wrong-label\.jsonl:3/],
    ['empty', fromFile(empty), /none\.jsonl/],
    ['missing', fromFile(join(system.folder, 'nowhere.jsonl')), /nowhere\.jsonl does not exist/],
    ['held-out', { heldOutPath: wrongLabel }, /wrong-label\.jsonl:3/],
    ['given', { examples: [{ text: 'words', label: 'Billing' }] }, /Billing/],
    ['model', { baseModel: noModel }, /no-model/],
    ['finder', { baseModel: () => Promise.reject(new Error('no such model')) }, /no such model/],
    ['engine', { trainer: () => Promise.reject(new Error('no engine')) }, /no engine/],
  ];
  const before = await everybody();
  for (const [name, fault, message] of faults) {
    const opened = members.options('strict', name, { name, invitation, ...fault });
    await assert.rejects(runClient(opened), { message });
    await assert.rejects(readFile(join(opened.workspace, 'key.json')), { code: 'ENOENT' }, name);
  }
  assert.deepEqual(await everybody(), before);
  const group = await admin.call('showGroup', { params });
  assert.deepEqual([group.members, group.online], [0, 0]);
  const outcome = await runClient(members.options('strict', 'label', { name: 'label', invitation }));
  assert.deepEqual([outcome.participant, outcome.state], ['label', 'completed']);
});

test('a member whose data went bad is not counted on by a round', async () => {
  await makeGroup(system, 'returning', { rounds: { count: 1, participants: 1 } }, false);
  const stop = new AbortController();
  const opened = members.options('returning', 'rita', { name: 'rita', socket: false });
  const onProgress: ClientOptions['onProgress'] = ({ kind }) => kind === 'waiting' && stop.abort();
  await runClient({ ...opened, signal: stop.signal, onProgress });
  const seenAt = async () => {
    const { items } = await system.admin.call('listParticipants', { query: { group: 'returning' } });
    return items.map(({ lastSeenAt }) => lastSeenAt);
  };
  const before = await seenAt();
  await assert.rejects(runClient({ ...opened, examples: [{ text: 'words', label: 'ugly' }] }), /ugly/);
  assert.deepEqual(await seenAt(), before);
});

test('an engine is started only when the data has been read', async () => {
  let started = 0;
  const trainer = async () => {
    started += 1;
    return members.trainer;
  };
  const missing = fromFile(join(system.folder, 'nowhere.jsonl'));
  await makeGroup(system, 'open', {}, false);
  await assert.rejects(runClient(members.options('open', 'early', { trainer, ...missing })), {
    code: 'bad-file',
  });
  assert.equal(started, 0);
});

test('an adapter that does not fit makes nobody a member', async () => {
  await makeGroup(system, 'no-place', {
    adapter: { layout: 'core', rank: 2, alpha: 2, targets: ['pooler'] },
  });
  const before = await everybody();
  const { url, baseModel } = system;
  const workspace = join(system.folder, 'importing');
  const signal = new AbortController().signal;
  const request = { url, baseModel, workspace, signal, group: 'no-place', name: 'irma' };
  await assert.rejects(importPersonal({ ...request, readAdapter: async () => new Map() }), {
    name: 'AdapterError',
  });
  assert.deepEqual(await everybody(), before);
});

test('daemons of one workspace that come together enrol once, also where the first of them fails', async () => {
  const groups = ['trio-one', 'trio-two', 'trio-three'];
  for (const group of groups) await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  const workspace = join(system.folder, 'trio');
  const wrong = { examples: [{ text: 'words', label: 'ugly' }] };
  const results = await Promise.allSettled(
    groups.map((group, index) =>
      runClient(members.options(group, 'trio', { workspace, ...(index === 0 ? wrong : {}) })),
    ),
  );
  const names = results.map((result) => (result.status === 'fulfilled' ? result.value.participant : null));
  assert.equal(names[0], null);
  assert.ok(names[1]?.startsWith('participant-'));
  assert.equal(names[1], names[2]);
});

test('killed before the answer to its enrolment came, a newcomer comes again as the same, by the same invitation', async () => {
  const { admin } = system;
  const params = await makeInvited('lost');
  for (const name of ['nora', undefined]) {
    const { invitation } = await admin.call('createInvitation', { params, body: {} });
    const killed = new AbortController();
    let answers = 0;
    const gate = await openGate(system.url, ({ line, way }) => {
      if (way === 'in' || !line.endsWith('/members')) return;
      answers += 1; // to the check first
      if (answers !== 2) return;
      killed.abort();
      return new Promise(() => undefined);
    });
    const extra = { name, invitation, url: gate.url, socket: false };
    const newcomer = members.options('lost', `lost-${name}`, extra);
    await runClient({ ...newcomer, signal: killed.signal }).catch(() => undefined);
    assert.equal(answers, 2);
    await assert.rejects(readFile(join(newcomer.workspace, 'key.json')), { code: 'ENOENT' });
    const before = await everybody();
    const { participant, state } = await runClient(newcomer);
    assert.deepEqual([state, await everybody()], ['completed', before]);
    if (name !== undefined) assert.equal(participant, name);
    const files = await readdir(newcomer.workspace);
    assert.ok(files.includes('key.json') && !files.includes('key-to-be.json'));
    await gate.close();
  }
});

test('a key of somebody else is refused before it is used, and the workspace’s own stays', async () => {
  await makeGroup(system, 'keys', { rounds: { count: 1, participants: 1 } });
  const first = members.options('keys', 'kim', { name: 'kim' });
  await runClient(first);
  const keyFile = join(first.workspace, 'key.json');
  const kept = await readFile(keyFile, 'utf8');
  const { key } = await system.admin.call('createKey', { body: { role: 'participant', name: 'lou' } });
  await assert.rejects(runClient({ ...first, key }), {
    code: 'workspace-mismatch',
    message: /key of kim.*that of lou.*--replace-key/,
  });
  await assert.rejects(runClient({ ...first, key: 'colora_p_nobody' }), { code: 'unauthorized' });
  assert.equal(await readFile(keyFile, 'utf8'), kept);
  const group = await system.admin.call('showGroup', { params: { group: 'keys' } });
  assert.equal(group.members, 1);
  assert.equal((await runClient({ ...first, key: JSON.parse(kept).key })).participant, 'kim');
  assert.equal((await runClient({ ...first, key, replaceKey: true })).participant, 'lou');
  assert.equal(JSON.parse(await readFile(keyFile, 'utf8')).key, key);
});

test('a base model of one’s own is remembered, checked again, and told when it has moved', async () => {
  await makeGroup(system, 'own-model', { rounds: { count: 1, participants: 1 } });
  const mine = join(system.folder, 'mine');
  await symlink(system.baseModel, mine);
  const found = async () => ({ folder: mine, source: mine });
  const opened = members.options('own-model', 'mia', { name: 'mia', baseModel: found });
  await runClient(opened);
  let asked: string | undefined;
  const again: ClientOptions['baseModel'] = async (_, remembered) => {
    asked = remembered;
    return { folder: remembered! };
  };
  await runClient({ ...opened, baseModel: again });
  assert.equal(asked, mine);

  const { group, baseModelSource: remembered } = await readTrained(opened.workspace, 'own-model');
  assert.equal(remembered, mine);
  const wanted = group.settings.baseModel;
  const places = { flag: undefined, remembered };
  assert.equal(
    (await resolveGroupsModel(places, { ...wanted, name: 'their-folder' }, namedByHand)).folder,
    mine,
  );
  await rename(mine, `${mine}-moved`);
  await assert.rejects(resolveGroupsModel(places, { ...wanted, name: 'their-folder' }, namedByHand), {
    name: 'UsageError',
    message: /lay in .*mine when this workspace joined.*--base-model/,
  });
  const shipped = await resolveGroupsModel(places, { ...wanted, name: 'use-lite' }, namedByHand);
  assert.equal(shipped.source, undefined);
});
