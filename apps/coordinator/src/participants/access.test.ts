// Who gets in: keys, roles, invitations, names; and what the refusals say. No body tells of our insides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { makeKey } from '@colora/protocol/api-key';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, hash, joinAs, makeGroup, makeSettings, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const refusal = (code: ProblemCode, text?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.equal(error.problem.code, code);
  if (text !== undefined) assert.match(error.problem.detail, text);
  return true;
};

onOneDatabase('access', (database) => {
  const coordinator = useCoordinator(database);
  const as = (key: string | null) => createApiClient(coordinator.url, () => key);

  test('no key, a wrong key, a revoked key', async () => {
    await assert.rejects(as(null).call('whoAmI', {}), refusal('missing-key', /Bearer/));
    await assert.rejects(as('colora_a_guess').call('whoAmI', {}), refusal('invalid-key'));
    const made = await as(adminKey).call('createKey', { body: { role: 'operator', name: 'olga' } });
    assert.match(made.key, /^colora_o_/);
    assert.deepEqual(await as(made.key).call('whoAmI', {}), {
      role: 'operator',
      name: 'olga',
      participant: null,
      expiresAt: null,
      groups: null,
    });
    await as(adminKey).call('revokeKey', { params: { id: made.id } });
    await assert.rejects(as(made.key).call('whoAmI', {}), refusal('invalid-key'));
    await assert.rejects(as(adminKey).call('revokeKey', { params: { id: 'none' } }), refusal('unknown-key'));
    const listed = await as(adminKey).call('listKeys', {});
    assert.ok(listed.items.find(({ id }) => id === made.id)?.revokedAt);
    assert.equal(JSON.stringify(listed).includes(made.key), false);
  });

  test('each role may do its own', async () => {
    await makeGroup(coordinator.url, { name: 'roles' });
    const ada = await joinAs(coordinator.url, 'ada', 'roles');
    const { key: operator } = await as(adminKey).call('createKey', {
      body: { role: 'operator', name: 'otto' },
    });
    const params = { group: 'roles' };
    await assert.rejects(ada.api.call('listRounds', { params }), refusal('wrong-role', /operator or admin/));
    const invite = as(operator).call('createInvitation', { params, body: {} });
    await assert.rejects(invite, refusal('wrong-role', /role admin/));
    await assert.rejects(as(adminKey).call('getAssignment', { params }), refusal('wrong-role'));
    await assert.rejects(as(operator).call('joinGroup', { params, body: {} }), refusal('wrong-role'));
    await as(operator).call('listRounds', { params });
    const paused = await as(operator).call('pauseGroup', { params });
    assert.deepEqual([paused.state, paused.pausedReason], ['paused', 'paused by otto']);
    assert.equal((await ada.assignment()).pausedReason, 'paused by otto');
    await as(operator).call('extendGroup', { params, body: { rounds: 1 } });
    assert.equal((await as(operator).call('startGroup', { params })).state, 'running');
    const people = await as(operator).call('listParticipants', { query: { group: 'roles' } });
    assert.deepEqual(
      people.items.map(({ name, groups, online }) => ({ name, groups, online })),
      [{ name: 'ada', groups: ['roles'], online: true }],
    );
  });

  test('a revoked participant is gone at once: its place, its presence, with an event and the reason told', async () => {
    const rounds = { count: 9, participants: 3 };
    const admin = await makeGroup(coordinator.url, { name: 'trio', settings: { rounds } });
    const params = { group: 'trio' };
    const [one, two] = [
      await joinAs(coordinator.url, '一', 'trio'),
      await joinAs(coordinator.url, 'two', 'trio'),
    ];
    assert.deepEqual((await one.assignment()).waiting, {
      what: 'members',
      here: 2,
      needed: 3,
      missing: null,
    });
    const { items: keys } = await admin.call('listKeys', { query: { limit: 1000 } });
    await admin.call('revokeKey', { params: { id: keys.find(({ name }) => name === 'two')!.id } });
    await assert.rejects(two.assignment(), refusal('invalid-key'));
    const people = await admin.call('listParticipants', { query: params });
    assert.deepEqual(people.items.map(({ name, online, revoked }) => [name, online, revoked]).sort(), [
      ['two', false, true],
      ['一', true, false],
    ]);
    const group = await admin.call('showGroup', { params });
    assert.deepEqual([group.members, group.online], [1, 1]);
    const missing = [{ participant: 'two', why: 'revoked' }];
    assert.deepEqual(group.waiting, { what: 'members', here: 1, needed: 3, missing });
    const { items } = await admin.call('listEvents', { params, query: { kind: 'member-revoked' } });
    assert.deepEqual(
      items.map(({ participant }) => participant),
      ['two'],
    );
    assert.equal((await one.api.call('showGroup', { params })).waiting?.missing, null);
    for (const name of ['three', 'four']) await joinAs(coordinator.url, name, 'trio');
    await one.until('a round of the three that are left', ({ round }) => round?.number === 1);
    assert.equal((await admin.call('showRound', { params: { ...params, round: 1 } })).cohort, 3);
  });

  test('valid keys have names of their own, and the last admin key is not revoked by mistake', async () => {
    const admin = as(adminKey);
    const made = await admin.call('createKey', { body: { role: 'operator', name: 'ops' } });
    const again = () => admin.call('createKey', { body: { role: 'admin', name: 'ops' } });
    await assert.rejects(again(), refusal('name-taken', /role operator is already called ops/));
    await admin.call('revokeKey', { params: { id: made.id } });
    const second = await again();
    await admin.call('revokeKey', { params: { id: second.id } });
    const { items } = await admin.call('listKeys', { query: { limit: 1000 } });
    const own = items.filter(({ role, revokedAt }) => role === 'admin' && revokedAt === null);
    assert.equal(own.length, 1);
    const params = { id: own[0]!.id };
    await assert.rejects(admin.call('revokeKey', { params }), refusal('last-admin-key', /--force/));
    assert.equal((await admin.call('whoAmI', {})).role, 'admin');
  });

  test('a group is by invitation, and an invitation lets one in', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'closed', access: undefined, start: false });
    const params = { group: 'closed' };
    await assert.rejects(joinAs(coordinator.url, 'eve', 'closed'), refusal('unknown-group'));
    const { invitation } = await admin.call('createInvitation', { params, body: {} });
    const tries = ['fay', 'gus'].map((name) => joinAs(coordinator.url, name, 'closed', invitation));
    const results = await Promise.allSettled(tries);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    // A refused try enrols nobody.
    const people = await admin.call('listParticipants', { query: { group: 'closed' } });
    assert.equal(people.total, 1);
    const members = await admin.call('showGroup', { params });
    assert.equal(members.members, 1);
  });

  test('a key joins again and other groups; strangers may not look inside', async () => {
    await makeGroup(coordinator.url, { name: 'one' });
    await makeGroup(coordinator.url, { name: 'two' });
    const hal = await joinAs(coordinator.url, 'hal', 'one');
    const join = (group: string) => hal.api.call('joinGroup', { params: { group }, body: {} });
    assert.deepEqual([(await join('one')).key, (await join('one')).participant], [null, 'hal']);
    const inTwo = { params: { group: 'two', version: 'latest' as const } };
    await assert.rejects(hal.api.call('getCheckpoint', inTwo), refusal('unknown-group'));
    await assert.rejects(
      hal.api.call('getAssignment', { params: { group: 'two' } }),
      refusal('unknown-group'),
    );
    await join('two');
    await hal.api.call('getCheckpoint', inTwo);
    assert.equal((await joinAs(coordinator.url, 'hal', 'one')).name, 'hal');
    assert.notEqual((await joinAs(coordinator.url, 'hal', 'one')).key, hal.key);
    const unnamed = await as(null).call('joinGroup', { params: { group: 'one' }, body: {} });
    assert.match(unnamed.participant, /^participant-/);
  });

  test('a check answers as joining would, and leaves nobody, no membership, no used invitation behind', async () => {
    await makeGroup(coordinator.url, { name: 'checked', access: 'invitation' });
    const params = { group: 'checked' };
    const check = (key: string | null, body: { name?: string; invitation?: string }) =>
      as(key).call('joinGroup', { params, body: { ...body, check: true } });
    await assert.rejects(check(null, { name: 'ivy' }), refusal('unknown-group'));
    const { invitation } = await as(adminKey).call('createInvitation', { params, body: {} });
    const checked = await check(null, { name: 'ivy', invitation });
    assert.deepEqual([checked.participant, checked.key, checked.group.members], ['ivy', null, 0]);
    const everybody = await as(adminKey).call('listParticipants', { query: { limit: 200 } });
    assert.equal(
      everybody.items.some(({ name }) => name === 'ivy'),
      false,
    );
    const unnamed = await check(null, { invitation });
    assert.match(unnamed.participant, /^participant-/);
    const ivy = await joinAs(coordinator.url, 'ivy', 'checked', invitation);
    assert.equal((await check(ivy.key, {})).participant, 'ivy');
    const events = await as(adminKey).call('listEvents', { params, query: { kind: 'member-joined' } });
    assert.equal(events.items.length, 1);
  });

  test('a newcomer that brings its key may ask again, also at once: it is one participant, and its invitation counts', async () => {
    await makeGroup(coordinator.url, { name: 'repeated', access: 'invitation' });
    const params = { group: 'repeated' };
    const { invitation } = await as(adminKey).call('createInvitation', { params, body: {} });
    const key = makeKey('participant');
    const join = (body: { name?: string; invitation?: string; check?: boolean }) =>
      as(null).call('joinGroup', { params, body: { ...body, key } });
    await join({ name: 'jo', invitation, check: true });
    const answers = await Promise.all(Array.from({ length: 6 }, () => join({ name: 'jo', invitation })));
    answers.push(await join({ name: 'jo', invitation, check: true }), await join({ name: 'another' }));
    for (const { participant, key: given } of answers) assert.deepEqual([participant, given], ['jo', null]);
    assert.equal((await as(key).call('joinGroup', { params, body: {} })).participant, 'jo');
    assert.equal((await as(adminKey).call('showGroup', { params })).members, 1);

    const body = { name: 'ken', invitation };
    const other = { ...body, key: makeKey('participant') };
    await assert.rejects(as(null).call('joinGroup', { params, body: other }), refusal('invitation-needed'));
    const both = as(key).call('joinGroup', { params, body: other });
    await assert.rejects(both, refusal('invalid-request', /second/));
    for (const weak of ['secret', makeKey('admin'), `${makeKey('participant')}=`]) {
      const call = as(null).call('joinGroup', { params, body: { ...body, key: weak } });
      await assert.rejects(call, refusal('invalid-request', /32 random bytes/));
    }
    const { items } = await as(adminKey).call('listKeys', { query: { limit: 1000 } });
    const { id } = items.find(({ name }) => name === 'jo')!;
    await as(adminKey).call('revokeKey', { params: { id } });
    await assert.rejects(join({ name: 'jo' }), refusal('invalid-key'));
  });

  test('groups are made, drafted, started and paused in order', async () => {
    const admin = as(adminKey);
    const params = { group: 'drafty' };
    const body = { name: 'drafty', access: 'open' as const, settings: makeSettings() };
    assert.equal((await admin.call('createGroup', { body })).state, 'draft');
    await assert.rejects(admin.call('createGroup', { body }), refusal('name-taken'));
    await assert.rejects(admin.call('startGroup', { params }), refusal('wrong-group-state', /checkpoint/));
    const dora = await joinAs(coordinator.url, 'dora', 'drafty');
    assert.deepEqual((await dora.assignment()).checkpoint, null);
    const put = (values: number[]) => {
      const bytes = encode(tensors({ w: values }));
      return admin.call('putInitialCheckpoint', { params, bytes, sha256: hash(bytes) });
    };
    const made = await put([1, 2]);
    assert.deepEqual(await put([1, 2]), made);
    await assert.rejects(put([3]), refusal('checkpoint-exists'));
    await assert.rejects(admin.call('pauseGroup', { params }), refusal('wrong-group-state', /ready/));
    assert.equal((await admin.call('startGroup', { params })).state, 'running');
    assert.equal((await admin.call('startGroup', { params })).state, 'running');
    assert.equal((await admin.call('pauseGroup', { params })).state, 'paused');
    const wrong = { ...makeSettings(), rounds: { participants: 1, quorum: 2 } };
    await assert.rejects(
      admin.call('createGroup', { body: { name: 'wrong', settings: wrong } }),
      refusal('invalid-settings', /settings\.rounds\.quorum: must not exceed/),
    );
  });

  test('checkpoints travel with their hash, and not twice', async () => {
    const { key } = await joinAs(coordinator.url, 'ida', 'one');
    const url = `${coordinator.url}/v1/groups/one/checkpoints/latest`;
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(url, { headers });
    const bytes = new Uint8Array(await response.arrayBuffer());
    assert.equal(response.headers.get('etag'), `"${hash(bytes)}"`);
    assert.equal(Number(response.headers.get('content-length')), bytes.length);
    const etag = response.headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { ...headers, 'if-none-match': `W/"x", ${etag}` } });
    assert.deepEqual([again.status, (await again.arrayBuffer()).byteLength], [304, 0]);
    const missing = as(key).call('getCheckpoint', { params: { group: 'one', version: 9 } });
    await assert.rejects(missing, refusal('unknown-checkpoint', /latest is 0/));
  });

  test('what is no route, no JSON, or too much of it', async () => {
    const problem = async (path: string, init?: RequestInit) => {
      const response = await fetch(coordinator.url + path, init);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      const text = await response.text();
      assert.doesNotMatch(text, /node_modules|\.ts:|prisma/i);
      return { status: response.status, ...(JSON.parse(text) as { code: string; detail: string }) };
    };
    const post = (body: string, type = 'application/json') =>
      problem('/v1/groups', {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': type },
        body,
      });
    assert.equal((await problem('/v2/nothing')).code, 'unknown-route');
    assert.equal((await post('{"name":')).code, 'invalid-request');
    assert.equal((await post('<xml/>', 'text/xml')).code, 'wrong-content-type');
    assert.match((await post('{"name":"UPPER"}')).detail, /name: use 1 to 63/);
    const large = await post(JSON.stringify({ name: 'x'.repeat(5_000_000) }));
    assert.deepEqual([large.code, large.status], ['too-large', 413]);
    const query = { headers: { authorization: `Bearer ${adminKey}` } };
    assert.match((await problem('/v1/groups?limit=0', query)).detail, /limit/);
    const document = (await (await fetch(`${coordinator.url}/openapi.json`)).json()) as { openapi: string };
    assert.equal(document.openapi, '3.1.0');
    assert.equal((await as(null).call('health', {})).database, database.kind);
  });
});
