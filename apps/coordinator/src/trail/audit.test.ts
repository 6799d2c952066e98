// The audit trail: each route that changes something writes an entry, nothing is taken back, and whoever tampers with the
// database is found. Secrets are in no entry.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { auditHash, checkTrail } from '@colora/protocol/audit/audit-chain';
import type { AuditEntry } from '@colora/protocol/audit/audit-entries';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import type { Route } from '@colora/protocol/route/route';
import { type RouteName, routes } from '@colora/protocol/routes';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { audit } from '../audit.ts';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import type { DatabaseOptions } from '../database/open-database.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { openBrowser } from '../testing/browser.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { adminKey, hash, joinAs, makeSettings, type TestMember, tensors } from '../testing/group.ts';

async function readTrail(api: ApiClient): Promise<AuditEntry[]> {
  const { items } = await api.call('listAudit', { query: { after: 0, limit: 1000 } });
  return items;
}

/** What each route that changes something says it did, by its name: a new one has to be here. */
const kinds: Partial<Readonly<Record<RouteName, string>>> = {
  createKey: 'key-created',
  signIn: 'signed-in',
  signOut: 'sessions-ended',
  endSession: 'sessions-ended',
  endSessions: 'sessions-ended',
  rotateKey: 'key-rotated',
  revokeKey: 'key-revoked',
  createGroup: 'group-created',
  putInitialCheckpoint: 'checkpoint-uploaded',
  createInvitation: 'invitation-created',
  revokeInvitation: 'invitation-revoked',
  joinGroup: 'member-joined',
  putProbe: 'probe-received',
  putAvailability: 'availability-said',
  putStepTime: 'step-time-told',
  putReceipts: 'rounds-lost',
  putErrorReport: 'error-reported',
  changeSettings: 'settings-changed',
  startGroup: 'group-started',
  putContribution: 'contribution-counted',
  postMetrics: 'metrics-reported',
  putFigures: 'figures-told',
  pauseGroup: 'group-paused',
  changeClusters: 'clusters-said',
  cancelRound: 'round-cancelled',
  extendGroup: 'group-extended',
  rollbackGroup: 'group-rolled-back',
  endGroup: 'group-completed',
  leaveGroup: 'member-left',
  removeMember: 'member-removed',
  forgetMe: 'participant-forgotten',
  removeParticipant: 'participant-removed',
  resetSigningKey: 'signing-key-reset',
  putMaskingKeys: 'masking-keys-told',
  putShares: 'shares-received',
  putSendersSignature: 'senders-signed',
  putReveals: 'reveals-received',
  putVouch: 'member-vouched',
};

onEachDatabase('the audit trail', (database) => {
  let options: DatabaseOptions;
  let coordinator: Coordinator;
  let admin: ApiClient;
  const secrets: string[] = [adminKey];
  before(async () => {
    options = await database.create();
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    admin = createApiClient(coordinator.url, () => adminKey);
  });
  after(() => coordinator?.close());

  test('each route that changes something writes who, from where and what; secrets never', async () => {
    const params = { group: 'g' };
    const update = tensors({ 'x.shared.A': [0.1, 0.1], 'x.shared.B': [0, 0, 0] });
    let ann: TestMember;
    let made: { id: string; key: string };
    let invited: { id: string };
    const rounds = { count: 9, participants: 1, quorum: 1, deadlineSeconds: 3600 };
    const browser = openBrowser(coordinator.url);
    const calls: Partial<Record<RouteName, () => Promise<unknown>>> = {
      async createKey() {
        made = await admin.call('createKey', { body: { role: 'operator', name: 'ops' } });
        secrets.push(made.key);
      },
      async signIn() {
        await browser.signIn(adminKey);
        secrets.push(...browser.secrets());
      },
      signOut: () => browser.ask('DELETE', '/v1/session'),
      async endSession() {
        await browser.signIn(adminKey);
        const { session } = (await browser.session()).signedIn!;
        await admin.call('endSession', { params: { id: session!.id } });
      },
      async endSessions() {
        await browser.signIn(adminKey);
        await admin.call('endSessions', {});
      },
      async rotateKey() {
        const next = await admin.call('rotateKey', { params: { id: made.id }, body: {} });
        secrets.push(next.key);
      },
      revokeKey: () => admin.call('revokeKey', { params: { id: made.id } }),
      createGroup: () =>
        admin.call('createGroup', { body: { name: 'g', settings: makeSettings({ rounds }) } }),
      putInitialCheckpoint() {
        const bytes = encode(tensors({ 'x.shared.A': [1, 2], 'x.shared.B': [0, 0, 0] }));
        return admin.call('putInitialCheckpoint', { params, bytes, sha256: hash(bytes) });
      },
      async createInvitation() {
        const { invitation, ...rest } = await admin.call('createInvitation', { params, body: { uses: 5 } });
        secrets.push(invitation);
        invited = rest;
      },
      async joinGroup() {
        ann = await joinAs(coordinator.url, 'ann', 'g', secrets.at(-1));
        secrets.push(ann.key, '"ann"');
      },
      revokeInvitation: () => admin.call('revokeInvitation', { params: { ...params, id: invited.id } }),
      putAvailability: () => ann.api.call('putAvailability', { params, body: {} }),
      putStepTime: () => ann.api.call('putStepTime', { params, body: { stepSeconds: 2 } }),
      putErrorReport: () =>
        ann.api.call('putErrorReport', { params, body: { exit: 'files', cause: 'ENOSPC', round: null } }),
      changeSettings: () =>
        admin.call('changeSettings', {
          params,
          body: { settings: makeSettings({ rounds, training: { batchSize: 4 } }) },
        }),
      startGroup: () => admin.call('startGroup', { params }),
      async putContribution() {
        await ann.contribute(update);
        await ann.until('its checkpoint', ({ checkpoint }) => checkpoint?.version === 1);
      },
      postMetrics: () => ann.api.call('postMetrics', { params, body: { metrics: { accuracy: 0.777 } } }),
      putFigures: () =>
        ann.api.call('putFigures', {
          params,
          body: { version: 1, shareOfCore: 77, gain: 7, standardError: 7 },
        }),
      async cancelRound() {
        const { round } = await ann.until('a round', (now) => now.round !== null && now.round.number > 1);
        return admin.call('cancelRound', { params: { ...params, round: round!.number } });
      },
      pauseGroup: () => admin.call('pauseGroup', { params }),
      extendGroup: () => admin.call('extendGroup', { params, body: { rounds: 1 } }),
      rollbackGroup: () => admin.call('rollbackGroup', { params, body: { toVersion: 0 } }),
      endGroup: () => admin.call('endGroup', { params }),
      async resetSigningKey() {
        const signingKey = openSigner(makePrivateKey())!.publicKey;
        await ann.api.call('joinGroup', { params, body: { signingKey } });
        await admin.call('resetSigningKey', { params: { participant: 'ann' } });
      },
      leaveGroup: () => ann.api.call('leaveGroup', { params }),
      async removeMember() {
        const { invitation } = await admin.call('createInvitation', { params, body: { uses: 5 } });
        const bob = await joinAs(coordinator.url, 'bob', 'g', invitation);
        await joinAs(coordinator.url, 'cat', 'g', invitation);
        secrets.push(invitation, bob.key);
        await admin.call('removeMember', { params: { ...params, participant: 'bob' } });
      },
      forgetMe: () => ann.api.call('forgetMe', {}),
      removeParticipant: () => admin.call('removeParticipant', { params: { participant: 'cat' } }),
    };
    for (const [name, call] of Object.entries(calls) as [RouteName, () => Promise<unknown>][]) {
      const seen = (await readTrail(admin)).length;
      await call();
      const fresh = (await readTrail(admin)).slice(seen);
      const entry = fresh.find(({ kind }) => kind === kinds[name]);
      assert.ok(entry, `${name}: ${fresh.map(({ kind }) => kind)}`);
      assert.match(entry.address ?? '', /127\.0\.0\.1/, name);
      if (name !== 'joinGroup') assert.ok(entry.keyId, name); // who joins has none yet
    }
    // those need a group with clusters, or a masked round: clusters.test.ts and masked-rounds.test.ts have them, and what they write
    const elsewhere: RouteName[] = ['putProbe', 'changeClusters', 'putMaskingKeys', 'putShares'];
    elsewhere.push('putSendersSignature', 'putReveals', 'putVouch');
    elsewhere.push('putReceipts'); // of a database that was put back: put-receipts.test.ts
    const changing = (Object.keys(routes) as RouteName[]).filter(
      (name) => (routes[name] as Route).method !== 'GET',
    );
    for (const name of changing) {
      assert.ok(kinds[name], `${name} changes something: say what its entry is`);
      assert.ok(calls[name] !== undefined || elsewhere.includes(name), name);
    }
    const text = JSON.stringify(await readTrail(admin));
    for (const secret of [...secrets, '0.777', '"ann']) assert.equal(text.includes(secret), false, secret);
    assert.deepEqual((await checkTrail(await readTrail(admin))).faults, []);
    const revoked = (await readTrail(admin)).find(({ kind }) => kind === 'group-paused');
    assert.deepEqual([revoked?.by, revoked?.role], ['preset-admin', 'admin']);
    assert.match(`${revoked?.before} ${revoked?.after}`, /running.*paused/);
    const events = await admin.call('listEvents', { params });
    assert.equal(
      events.items.some(({ kind }) => kind === 'contribution-counted'),
      false,
    );
  });

  test('nothing is taken back; who forces it on the database is found', async () => {
    const isPglite = database.kind === 'pglite';
    if (isPglite) await coordinator.close(); // one process at a time
    const opened = await openDatabase(options);
    const { client: db } = opened;
    try {
      for (const table of ['AuditEvent', 'AuditLink'])
        for (const sql of [
          `UPDATE "${table}" SET "${table === 'AuditLink' ? 'hash' : 'kind'}" = 'x'`,
          `DELETE FROM "${table}"`,
          `TRUNCATE "${table}" CASCADE`,
        ])
          await assert.rejects(db.$executeRawUnsafe(sql), /only grows/, sql);
      const whole = await trailIn(opened);
      const checked = await checkTrail(whole);
      assert.deepEqual([checked.faults, checked.entries], [[], whole.length]);
      const head = checked.head!;
      for (const [what, change, found] of [
        [
          'a byte of a detail',
          `UPDATE "AuditEvent" SET "detail" = '{"x":1}' WHERE "id" = (SELECT "eventId" FROM "AuditLink" WHERE "seq" = 5)`,
          /entry 5 was changed/,
        ],
        [
          'when',
          `UPDATE "AuditEvent" SET "createdAt" = "createdAt" + INTERVAL '1 millisecond' WHERE "id" = (SELECT "eventId" FROM "AuditLink" WHERE "seq" = 7)`,
          /entry 7 was changed/,
        ],
        [
          'who',
          `UPDATE "AuditEvent" SET "by" = 'ops' WHERE "id" = (SELECT "eventId" FROM "AuditLink" WHERE "seq" = 2)`,
          /entry 2 was changed/,
        ],
        [
          'a row and its link',
          `WITH l AS (DELETE FROM "AuditLink" WHERE "seq" = 4 RETURNING "eventId") DELETE FROM "AuditEvent" WHERE "id" = (SELECT "eventId" FROM l)`,
          /entries 4 to 4 are missing/,
        ],
        [
          'two that change places',
          `UPDATE "AuditLink" SET "seq" = -"seq" WHERE "seq" IN (3, 4); UPDATE "AuditLink" SET "seq" = 7 + "seq" WHERE "seq" < 0`,
          /does not follow|was changed/,
        ],
        [
          'a hash made anew',
          `UPDATE "AuditLink" SET "hash" = repeat('0', 64) WHERE "seq" = 3`,
          /entry 3 was changed.*entry 4 does not follow/,
        ],
        ['the end cut off', `DELETE FROM "AuditLink" WHERE "seq" = ${head.seq}`, /the end was cut off/],
      ] as const) {
        const undone = db.$transaction(async (tx) => {
          await tx.$executeRawUnsafe(`ALTER TABLE "AuditEvent" DISABLE TRIGGER USER`);
          await tx.$executeRawUnsafe(`ALTER TABLE "AuditLink" DISABLE TRIGGER USER`);
          for (const sql of change.split('; ')) await tx.$executeRawUnsafe(sql);
          const { faults } = await checkTrail(await trailIn({ client: tx as unknown as typeof db }), [head]);
          throw new Error(faults.join('; '));
        });
        await assert.rejects(undone, found, what);
      }
      assert.deepEqual((await checkTrail(await trailIn(opened), [head])).faults, []);
      // any one byte of any field
      const [first] = whole;
      for (const field of Object.keys(first!) as (keyof AuditEntry)[]) {
        if (field === 'hash' || typeof first![field] !== 'string') continue;
        const changed = { ...first!, [field]: `${first![field]} ` };
        assert.notEqual(auditHash(changed), first!.hash, field);
      }
    } finally {
      await opened.close();
      if (isPglite) coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
      admin = createApiClient(coordinator.url, () => adminKey);
    }
  });

  test('many write at once, through several connections and coordinators: the chain stays one', async () => {
    const others: Database[] =
      database.kind === 'postgres' ? [await openDatabase(options), await openDatabase(options)] : [];
    try {
      const before = (await readTrail(admin)).length;
      const byHand = others.flatMap(({ client }) =>
        Array.from({ length: 15 }, (_, index) =>
          client.$transaction(async (tx) => {
            await audit(tx, { kind: 'key-created', detail: { index } });
            await audit(tx, { kind: 'key-revoked', detail: { index } });
          }),
        ),
      );
      const asked = Array.from({ length: 10 }, (_, index) =>
        admin.call('createKey', { body: { role: 'operator', name: `op-${index}` } }),
      );
      await Promise.all([...byHand, ...asked]);
      const trail = await readTrail(admin);
      assert.deepEqual((await checkTrail(trail)).faults, []);
      assert.equal(trail.length - before, 2 * byHand.length + asked.length);
      // what is rolled back is no link
      await assert.rejects(admin.call('createKey', { body: { role: 'operator', name: 'op-0' } }));
      assert.equal((await readTrail(admin)).length, trail.length);
      assert.equal((await admin.call('listAudit', { query: { unchained: 'true' } })).unchained, 0);
    } finally {
      for (const { close } of others) await close();
    }
  });
});

/** As REST tells it, from the database itself. */
async function trailIn({ client: db }: Pick<Database, 'client'>): Promise<AuditEntry[]> {
  const rows = await db.$queryRaw<(Omit<AuditEntry, 'at'> & { at: Date })[]>`
    SELECT l."seq", l."previous", l."hash", e."id", e."createdAt" AS "at", e."kind", e."by", e."role", e."keyId", e."address",
      e."groupId", e."roundId", e."participantId", e."detail"::text, e."before"::text, e."after"::text
    FROM "AuditLink" l JOIN "AuditEvent" e ON e."id" = l."eventId" ORDER BY l."seq"`;
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
