// Invitations: so many uses, until a time, by whom, revoked; and nobody makes one up.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { openDatabase } from '../database/open-database.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, settingsRow } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';
import { formatInvitation, readInvitation } from './invitation-text.ts';
import { spendInvitation } from './spend-invitation.ts';

const refusal = (code: ProblemCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.deepEqual([error.problem.code, text.test(error.message)], [code, true], error.message);
  return true;
};

onOneDatabase('invitations', (database) => {
  const coordinator = useCoordinator(database);
  const admin = () => createApiClient(coordinator.url, () => adminKey);
  const params = { group: 'closed' };
  const join = (name: string, invitation: string) => joinAs(coordinator.url, name, 'closed', invitation);

  test('lets in so many, at once too, and says who made and who used it', async () => {
    await makeGroup(coordinator.url, { name: 'closed', access: 'invitation', start: false });
    const made = await admin().call('createInvitation', { params, body: { uses: 2 } });
    const tries = await Promise.allSettled(
      ['ann', 'bob', 'cat', 'dan'].map((name) => join(name, made.invitation)),
    );
    const refused = tries.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    assert.equal(refused.length, 2);
    for (const { reason } of refused) refusal('invitation-needed', /used 2 times/)(reason);
    const { items } = await admin().call('listInvitations', { params });
    const [item] = items;
    assert.deepEqual(
      [item?.createdBy, item?.used, item?.uses, item?.usedBy.length],
      ['preset-admin', 2, 2, 2],
    );
    assert.equal(JSON.stringify(items).includes(made.invitation), false);
    assert.equal((await admin().call('listParticipants', {})).total, 2);
  });

  test('who asks what joining would answer hears who invites and what a round comes to; nothing of single members', async () => {
    const url = coordinator.url;
    await makeGroup(url, {
      name: 'offered',
      access: 'invitation',
      settings: { rounds: { participants: 9 } },
    });
    const at = { group: 'offered' };
    const made = await admin().call('createInvitation', { params: at, body: { uses: 7 } });
    const ask = async (check: boolean, invitation = made.invitation) =>
      createApiClient(url, () => null).call('joinGroup', { params: at, body: { check, invitation } });
    const told = async () => (await ask(true)).offer;
    const { createdBy, uses, expiresAt } = made;
    const bytes = { download: 4 * 5, upload: 4 * 5 };
    const fresh = await told();
    assert.deepEqual(fresh?.invitation, { createdBy, uses, used: 0, expiresAt });
    assert.deepEqual([fresh?.round.stepSeconds, fresh?.round.deadlineSeconds], [null, 600]);
    for (const [way, least] of Object.entries(bytes)) {
      const most = fresh?.round.bytes?.[way as keyof typeof bytes] ?? 0;
      assert.ok(most >= least && most < 2000, `${way} ${most}`);
    }
    for (const seconds of [3, 1, 2]) await tellStep(`slow-${seconds}`, seconds);
    assert.equal((await told())?.round.stepSeconds, null, 'three tell nothing');
    await tellStep('slow-400', 400);
    assert.equal((await told())?.round.stepSeconds, 2.5);
    assert.equal((await told())?.invitation?.used, 4);
    assert.equal((await ask(false)).offer, undefined);

    async function tellStep(name: string, stepSeconds: number): Promise<void> {
      const { api } = await joinAs(url, name, 'offered', made.invitation);
      await api.call('putStepTime', { params: at, body: { stepSeconds } });
    }
  });

  test('revoked it lets nobody in, and who came by it stays', async () => {
    const made = await admin().call('createInvitation', { params, body: { uses: 9 } });
    const eve = await join('eve', made.invitation);
    const revoke = (id: string) => admin().call('revokeInvitation', { params: { ...params, id } });
    const revoked = await revoke(made.id);
    assert.deepEqual(await revoke(made.id), revoked);
    assert.ok(revoked.revokedAt);
    await assert.rejects(join('fay', made.invitation), refusal('invitation-needed', /revoked/));
    assert.equal((await eve.assignment()).state, 'ready');
    await assert.rejects(revoke('none'), refusal('unknown-invitation', /none/));
    await makeGroup(coordinator.url, { name: 'other', start: false });
    const elsewhere = admin().call('revokeInvitation', { params: { group: 'other', id: made.id } });
    await assert.rejects(elsewhere, refusal('unknown-invitation', /other/));
  });

  test('expired it lets nobody in, and one moment before it did', async () => {
    const { client: db, close } = await openDatabase(await database.create());
    try {
      const group = { name: 'g', access: 'invitation', state: 'draft', ...settingsRow() } as const;
      const { id: groupId } = await db.taskGroup.create({ data: group });
      const { id: participantId } = await db.participant.create({ data: { name: 'ann' } });
      const spent = async (afterMs: number) => {
        const expiresAt = new Date(Date.now() + afterMs);
        const made = await db.invitation.create({
          data: { groupId, createdBy: 'admin', uses: 1, expiresAt },
        });
        return (await spendInvitation(db, made, participantId))?.message ?? null;
      };
      assert.match((await spent(-60_000)) ?? '', /this invitation expired at 20/);
      assert.equal(await spent(60_000), null);
    } finally {
      await close();
    }
  });
});

test('no text but the signed one is an invitation, of no other group and no other time', async () => {
  const secret = {
    sign: async (text: string) => createHmac('sha256', 'known').update(text).digest('base64url'),
  };
  const invitation = { id: '0b1c-2d', groupId: 'g', expiresAt: new Date(1e12) };
  const text = await formatInvitation(secret, invitation);
  assert.equal(await readInvitation(secret, text, 'g'), '0b1c-2d');
  assert.equal(await readInvitation(secret, text, 'h'), null);
  for (const at of [...text].keys()) {
    const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
    assert.equal(await readInvitation(secret, changed, 'g'), null, changed);
  }
  for (const other of ['', text.slice(1), `${text}0`, `${text}\n`, text.slice(0, -1)])
    assert.equal(await readInvitation(secret, other, 'g'), null);
});
