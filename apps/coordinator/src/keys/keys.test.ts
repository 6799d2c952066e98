// Keys that expire, are good for some groups, are rotated and revoked; and members who leave, are removed or forgotten.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, ApiProblem, createApiClient } from '@colora/protocol/api-client';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { io, type Socket } from 'socket.io-client';
import { usualLimits } from '../account-limits.ts';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { cleanUp } from '../retention/clean-up.ts';
import { openBrowser } from '../testing/browser.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, hash, joinAs, makeGroup, member, tensors } from '../testing/group.ts';
import { hashSecret } from './api-keys.ts';

const refusal = (code: ProblemCode) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.equal(error.problem.code, code);
  return true;
};

onOneDatabase('keys', (database) => {
  let coordinator: Coordinator;
  let beside: Database | undefined;
  let admin: ApiClient;
  before(async () => {
    const options = await database.create();
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    admin = as(adminKey);
    if (database.kind === 'postgres') beside = await openDatabase(options);
    await makeGroup(coordinator.url, { name: 'left' });
    await makeGroup(coordinator.url, { name: 'right', access: 'invitation' });
  });
  after(async () => {
    await beside?.close();
    await coordinator.close();
  });
  const as = (key: string) => createApiClient(coordinator.url, () => key);
  const listen = async (key: string): Promise<Socket> => {
    const socket = io(coordinator.url, { auth: { key }, transports: ['websocket'], reconnection: false });
    await new Promise<void>((done, fail) => socket.once('connect', done).once('connect_error', fail));
    return socket;
  };
  const closed = async (socket: Socket) => {
    if (socket.connected) await new Promise<void>((done) => socket.once('disconnect', () => done()));
  };
  const idOf = async (name: string) =>
    (await admin.call('listKeys', { query: { limit: 1000 } })).items.find((key) => key.name === name)!.id;

  test('a key for one group sees no other, hears no other, and does nothing that concerns all', async () => {
    const made = await admin.call('createKey', {
      body: { role: 'admin', name: 'left-admin', groups: ['left'] },
    });
    const scoped = as(made.key);
    assert.deepEqual((await scoped.call('whoAmI', {})).groups, ['left']);
    const { items, total } = await scoped.call('listGroups', {});
    assert.deepEqual([items.map(({ name }) => name), total], [['left'], 1]);
    await joinAs(coordinator.url, 'lou', 'left');
    const { invitation } = await admin.call('createInvitation', { params: { group: 'right' }, body: {} });
    await joinAs(coordinator.url, 'rob', 'right', invitation);
    const people = await scoped.call('listParticipants', {});
    assert.deepEqual(
      people.items.map(({ name }) => name),
      ['lou'],
    );
    await scoped.call('pauseGroup', { params: { group: 'left' } });
    await scoped.call('startGroup', { params: { group: 'left' } });
    for (const ask of [
      () => scoped.call('pauseGroup', { params: { group: 'right' } }),
      () => scoped.call('showGroup', { params: { group: 'right' } }),
      () => scoped.call('listParticipants', { query: { group: 'right' } }),
    ])
      await assert.rejects(ask(), refusal('unknown-group'));
    await assert.rejects(
      scoped.call('createKey', { body: { role: 'admin', name: 'more' } }),
      refusal('wrong-scope'),
    );
    await assert.rejects(scoped.call('listKeys', {}), refusal('wrong-scope'));
    await assert.rejects(
      scoped.call('rotateKey', { params: { id: await idOf('preset-admin') }, body: {} }),
      refusal('wrong-role'),
    );
    // nor is it the admin key that keeps the last one for all groups from being needed
    await assert.rejects(
      admin.call('revokeKey', { params: { id: await idOf('preset-admin') } }),
      refusal('last-admin-key'),
    );
    const socket = await listen(made.key);
    const heard: string[] = [];
    socket.on('group:changed', ({ group }: { group: string }) => heard.push(group));
    for (const group of ['right', 'left']) await admin.call('pauseGroup', { params: { group } });
    for (let left = 50; heard.length === 0 && left > 0; left -= 1) await sleep(50);
    assert.deepEqual(heard, ['left']);
    for (const group of ['right', 'left']) await admin.call('startGroup', { params: { group } });
    socket.close();
    await assert.rejects(
      admin.call('createKey', { body: { role: 'operator', name: 'nowhere', groups: ['nowhere'] } }),
      refusal('unknown-group'),
    );
  });

  test('rotated, the old key works until its time is over and no longer; its sockets are cut then', async () => {
    const made = await admin.call('createKey', { body: { role: 'operator', name: 'ops' } });
    const next = await as(made.key).call('rotateKey', { params: { id: 'own' }, body: { overlapSeconds: 5 } });
    assert.deepEqual([next.role, next.name], ['operator', 'ops']);
    for (const key of [made.key, next.key]) assert.equal((await as(key).call('whoAmI', {})).name, 'ops');
    const [old, kept] = [await listen(made.key), await listen(next.key)];
    await closed(old);
    await assert.rejects(as(made.key).call('whoAmI', {}), refusal('invalid-key'));
    assert.equal((await as(next.key).call('whoAmI', {})).expiresAt, null);
    assert.equal(kept.connected, true);
    // expired, it can be followed by an admin; revoked, it can't; and nobody rotates another one's
    await admin.call('rotateKey', { params: { id: made.id }, body: {} });
    await admin.call('revokeKey', { params: { id: next.id } });
    await closed(kept);
    await assert.rejects(
      admin.call('rotateKey', { params: { id: next.id }, body: {} }),
      refusal('unknown-key'),
    );
    const ann = await joinAs(coordinator.url, 'ann', 'left');
    await assert.rejects(
      ann.api.call('rotateKey', { params: { id: made.id }, body: {} }),
      refusal('wrong-role'),
    );
    const { items } = await admin.call('listKeys', { query: { limit: 1000 } });
    assert.ok(items.find(({ id }) => id === made.id)?.lastUsedAt);
    assert.ok(items.find(({ id }) => id === made.id)?.expiresAt);
  });

  test('whoever has a key that ends can’t make it last by rotating it; an admin can', async () => {
    const body = { role: 'operator', name: 'visitor', expiresInSeconds: 3600 } as const;
    const visitor = await admin.call('createKey', { body });
    for (const longer of [{}, { expiresInSeconds: 90 * 24 * 3600 }]) {
      const { expiresAt } = await as(visitor.key).call('rotateKey', { params: { id: 'own' }, body: longer });
      assert.equal(expiresAt, visitor.expiresAt);
    }
    const short = { params: { id: 'own' }, body: { expiresInSeconds: 60 } };
    assert.ok((await as(visitor.key).call('rotateKey', short)).expiresAt! < visitor.expiresAt!);
    const rotate = () => as(visitor.key).call('rotateKey', { params: { id: 'own' }, body: {} });
    for (const _ of [5, 6, 7, 8]) await rotate();
    await assert.rejects(rotate(), refusal('too-many-requests'));
    const lasting = await admin.call('rotateKey', { params: { id: visitor.id }, body: {} });
    assert.equal(lasting.expiresAt, null);
  });

  test('a member rotates its own key and is the same participant; a round goes on', async () => {
    const bea = await joinAs(coordinator.url, 'bea', 'left');
    const { key } = await bea.api.call('rotateKey', { params: { id: 'own' }, body: { overlapSeconds: 0 } });
    await assert.rejects(bea.assignment(), refusal('invalid-key'));
    assert.equal((await member(coordinator.url, 'bea', key, 'left').assignment()).state, 'running');
  });

  test('who leaves is asked no more and may come again; who was removed comes by an invitation alone', async () => {
    const params = { group: 'left' };
    const cat = await joinAs(coordinator.url, 'cat', 'left');
    const again = () => cat.api.call('joinGroup', { params, body: {} });
    assert.deepEqual((await cat.api.call('leaveGroup', { params })).groups, ['left']);
    await assert.rejects(cat.assignment(), refusal('unknown-group'));
    await assert.rejects(cat.checkpoint(), refusal('unknown-group'));
    await assert.rejects(cat.api.call('leaveGroup', { params }), refusal('unknown-group'));
    const query = { group: 'left', participant: 'cat' };
    const groups = async () =>
      (await admin.call('listParticipants', { query })).items.map((one) => one.groups);
    assert.deepEqual(await groups(), [[]], 'still known of there, and no member');
    await again();
    assert.deepEqual(await groups(), [['left']]);
    assert.equal((await cat.assignment()).state, 'running');
    // left before it is removed, it is removed all the same
    await cat.api.call('leaveGroup', { params });
    await admin.call('removeMember', { params: { ...params, participant: 'cat' } });
    await assert.rejects(again(), refusal('unknown-group'));
    const { invitation } = await admin.call('createInvitation', { params, body: {} });
    await cat.api.call('joinGroup', { params, body: { invitation } });
    assert.equal((await cat.assignment()).state, 'running');
    const socket = await listen(cat.key);
    await admin.call('removeParticipant', { params: { participant: 'cat' } });
    await closed(socket);
    await assert.rejects(cat.assignment(), refusal('invalid-key'));
    await assert.rejects(
      admin.call('removeParticipant', { params: { participant: 'nobody' } }),
      refusal('unknown-participant'),
    );
  });

  test('forgotten: name, key, figures and bytes are gone, and the checkpoint it is in stays', async () => {
    const rounds = { count: 3, participants: 1, quorum: 1 };
    await makeGroup(coordinator.url, { name: 'alone', settings: { rounds } });
    const params = { group: 'alone' };
    const dee = await joinAs(coordinator.url, 'dee', 'alone');
    await dee.contribute(tensors({ 'x.shared.A': [0.5, 0.5], 'x.shared.B': [0, 0, 0] }), {
      metadata: { personalLoss: 0.5 },
    });
    await dee.until('the next version', ({ checkpoint }) => checkpoint?.version === 1);
    await dee.api.call('postMetrics', { params, body: { round: 1, metrics: { accuracy: 0.5 } } });
    const signingKey = openSigner(makePrivateKey())!.publicKey;
    await dee.api.call('joinGroup', { params, body: { labels: ['good'], signingKey } });
    await dee.api.call('putStepTime', { params, body: { stepSeconds: 4321 } });
    await dee.api.call('putErrorReport', { params, body: { exit: 'files', cause: 'ENOSPC', round: null } });
    const figures = { version: 1, shareOfCore: 77, gain: 7, standardError: 7 };
    await dee.api.call('putFigures', { params, body: figures });
    const windows = [{ from: 1234, to: 1239 }];
    await dee.api.call('putAvailability', { params, body: { awayUntil: '2999-01-01T00:00:00Z', windows } });
    const operators = async () => [
      JSON.stringify(await admin.call('listParticipants', { query: { limit: 1000 } })),
      JSON.stringify(await admin.call('listKeys', { query: { limit: 1000 } })),
      JSON.stringify(await admin.call('listMetrics', { params })),
      JSON.stringify(await admin.call('showRound', { params: { ...params, round: 1 } })),
      JSON.stringify(await admin.call('listEvents', { params })),
    ];
    assert.match((await operators()).join(), /"dee"/);
    const before = await admin.call('listCheckpoints', { params });
    await openBrowser(coordinator.url).signIn(dee.key);
    const kept = beside === undefined ? undefined : await everythingOf(beside, 'dee');
    assert.deepEqual((await dee.api.call('forgetMe', {})).groups, ['alone']);
    await assert.rejects(dee.assignment(), refusal('invalid-key'));
    assert.doesNotMatch((await operators()).join(), /"dee"|accuracy/);
    assert.deepEqual(await admin.call('listCheckpoints', { params }), before);
    const round = await admin.call('showRound', { params: { ...params, round: 1 } });
    assert.match(round.contributionList[0]!.participant, /^forgotten-/);
    if (beside === undefined || kept === undefined) return;
    const after = await kept.read();
    const told = [/"dee\\?"/, /accuracy/, /"good"/, /4321/, /ENOSPC/, /"shareOfCore": 77/, /1234/, /2999/];
    for (const what of [
      ...told,
      ...kept.leftBesides,
      new RegExp(signingKey),
      new RegExp(hashSecret(dee.key)),
    ]) {
      assert.match(kept.before, what);
      assert.doesNotMatch(after, what);
    }
    const { client: db } = beside;
    assert.equal(await db.session.count({ where: { key: { participantId: kept.participantId } } }), 0);
    const [row] = await db.contribution.findMany({
      where: { round: { group: { name: 'alone' } } },
      include: { blob: { include: { chunks: true } } },
    });
    assert.deepEqual([row?.personalLoss, row?.statement, row?.blob.chunks.length], [null, null, 0]);
    assert.equal(await db.manifestEntry.count({ where: { participantId: row!.participantId } }), 0);
    assert.ok((await db.manifest.count({ where: { group: { name: 'alone' } } })) > 1);
    // and by an admin, for who has lost its key
    await joinAs(coordinator.url, 'eli', 'alone');
    await admin.call('removeParticipant', { params: { participant: 'eli' }, query: { forget: 'true' } });
    assert.equal(await db.participant.count({ where: { OR: [{ name: 'eli' }, { ownName: 'eli' }] } }), 0);
  });

  test('who enrolled by itself and was never seen is forgotten after its days; the others stay', async () => {
    if (beside === undefined) return;
    const { client: db } = beside;
    await admin.call('createKey', { body: { role: 'participant', name: 'made-by-admin' } });
    await joinAs(coordinator.url, 'ghost', 'left');
    const seen = await joinAs(coordinator.url, 'seen', 'left');
    await seen.assignment();
    const context = { db, limits: usualLimits };
    assert.equal((await cleanUp(context, new Date())).unseen, 0);
    await db.$executeRaw`UPDATE "Participant" SET "createdAt" = "createdAt" - INTERVAL '31 days'`;
    assert.ok((await cleanUp(context, new Date())).unseen >= 1);
    const left = await db.participant.findMany({ where: { forgottenAt: null }, select: { name: true } });
    const names = left.map(({ name }) => name);
    assert.deepEqual(
      ['ghost', 'seen', 'made-by-admin'].map((name) => names.includes(name)),
      [false, true, true],
    );
  });
});

/** All rows of somebody, those too that a group with clusters and a refused contribution leave; of the audit trail none. */
async function everythingOf({ client: db }: Database, name: string) {
  const { id: participantId } = await db.participant.findUniqueOrThrow({ where: { name } });
  const { groupId } = await db.membership.findFirstOrThrow({ where: { participantId } });
  const probe = { sha256: hash(new Uint8Array()), labels: ['of a probe'], data: new Uint8Array(4) };
  await db.probe.create({ data: { groupId, participantId, ...probe } });
  const times = ['toldAt', 'downloadAt', 'downloadedAt', 'uploadAt', 'uploadedAt', 'refusedAt'];
  const marks = Object.fromEntries(times.map((time) => [time, new Date(0)]));
  const refused = { refusedCode: 'of a refusal', refusedWhy: 'what it said' };
  await db.assignment.updateMany({ where: { participantId }, data: { ...marks, ...refused } });
  const tables = await db.$queryRaw<{ name: string }[]>`
    SELECT table_name::text AS "name" FROM information_schema.columns WHERE table_schema = current_schema()
      AND column_name = 'participantId' AND table_name <> 'AuditEvent'`;
  const read = async () => {
    const own = `SELECT to_jsonb(t)::text AS "row" FROM "Participant" t WHERE "id" = $1`;
    const of = (table: string) =>
      `SELECT to_jsonb(t)::text AS "row" FROM "${table}" t WHERE "participantId" = $1`;
    const rows: { row: string }[] = await db.$queryRawUnsafe(own, participantId);
    for (const table of tables)
      rows.push(...(await db.$queryRawUnsafe<{ row: string }[]>(of(table.name), participantId)));
    return rows.map(({ row }) => row).join('\n');
  };
  const leftBesides = [/of a probe/, /of a refusal/, /what it said/, /1970-01-01/];
  return { participantId, before: await read(), read, leftBesides };
}
