// Joining a task group: a participant becomes a member; who comes without a key becomes a participant first, under the key
// that it brings to be known by from now on, or is given one. A group can be joined in any state: newcomers personalise a
// finished one. With `check` all of it is done and undone: who gets the answer knows that joining will work, and what the
// group trains on, before anyone is enrolled.
import { randomBytes } from 'node:crypto';
import { makeKey } from '@colora/protocol/api-key';
import { ProblemError } from '@colora/protocol/problems';
import { findGroup } from '../access/find-group.ts';
import { viewGroup } from '../access/group-view.ts';
import { settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { hashSecret } from '../keys/api-keys.ts';
import { onlineFor } from '../presence/presence.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { enrol } from './key-handlers.ts';
import { admitSigningKey } from './signing-keys.ts';

export async function joinGroup(
  context: Context,
  { params, body, caller }: Call<'joinGroup'>,
): Promise<Result<'joinGroup'>> {
  if (caller !== null && caller.participantId === null) {
    throw new ProblemError('wrong-role', `a key of role ${caller.role} cannot be a member`);
  }
  if (caller !== null && body.key !== undefined) {
    throw new ProblemError('invalid-request', 'a caller that has a key brings no second one');
  }
  const group = await findGroup(context, params.group);
  const enter = async (tx: Transaction) => {
    const known = caller?.participantId ?? (body.key === undefined ? null : await holderOf(tx, body.key));
    if (known !== null) return joinAs(tx, group, known, body);
    const name = body.name ?? `participant-${randomBytes(4).toString('hex')}`;
    const participantId = await enrol(tx, name);
    const key = body.key ?? makeKey('participant');
    await tx.apiKey.create({ data: { role: 'participant', name, hash: hashSecret(key), participantId } });
    const joined = await joinAs(tx, group, participantId, body);
    return { ...joined, key: body.key === undefined ? key : null };
  };
  const join = async (tx: Transaction) => {
    const joined = await enter(tx);
    return { ...joined, signingKey: await admitSigningKey(tx, joined.participantId, body.signingKey) };
  };
  if (body.check) {
    const told = await undone(context, async (tx) => {
      const { participantId, signingKey } = await join(tx);
      return { participant: await nameOf(tx, participantId), signingKey };
    });
    return { ...told, group: await viewGroup(context, group, caller), key: null };
  }
  const joined = await context.db.$transaction(join).catch(async (error) => {
    // asked twice at once, and the other was first: whose key it is can be seen now
    if (body.key === undefined || (await holderOf(context.db, body.key)) === null) throw error;
    return context.db.$transaction(join);
  });
  context.hints.addMember(joined.participantId, group.id);
  context.nudge(group.id);
  const participant = await nameOf(context.db, joined.participantId);
  const { key, signingKey } = joined;
  return { participant, group: await viewGroup(context, group, caller), key, signingKey };
}

/** The participant that this key was given to, or null. Throws invalid-key for one that was revoked. */
async function holderOf(db: Pick<Transaction, 'apiKey'>, key: string): Promise<string | null> {
  const row = await db.apiKey.findUnique({ where: { hash: hashSecret(key) } });
  if (row === null) return null;
  if (row.revokedAt !== null) throw new ProblemError('invalid-key', 'this key was revoked');
  return row.participantId;
}

async function nameOf(db: Pick<Transaction, 'participant'>, id: string): Promise<string> {
  return (await db.participant.findUniqueOrThrow({ where: { id } })).name;
}

/** What `work` returns, in a transaction that is rolled back. */
async function undone<Result>({ db }: Context, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const done: Result[] = [];
  const rollBack = new Error('only checked');
  const transaction = db.$transaction(async (tx) => {
    done.push(await work(tx));
    throw rollBack;
  });
  await transaction.catch((error) => {
    if (error !== rollBack) throw error;
  });
  return done[0]!;
}

/** Makes the membership unless it is there (joining is repeatable); uses up an invitation if one is needed. */
async function joinAs(
  tx: Transaction,
  group: TaskGroupModel,
  participantId: string,
  { invitation, labels }: Pick<Call<'joinGroup'>['body'], 'invitation' | 'labels'>,
): Promise<{ participantId: string; key: string | null }> {
  const member = { groupId: group.id, participantId };
  const now = await readClock(tx);
  const told = labels === undefined ? {} : { labels: labelsOf(group, labels) };
  const existing = await tx.membership.findUnique({ where: { groupId_participantId: member } });
  if (existing !== null) {
    await tx.membership.updateMany({
      where: { ...member, endedAt: null },
      data: { lastSeenAt: now, onlineUntil: onlineFor(now), ...told },
    });
    return { participantId, key: null };
  }
  if (group.access === 'invitation') await spendInvitation(tx, group, participantId, invitation);
  await tx.membership.create({
    data: { ...member, onlineUntil: onlineFor(now), awaitsProbe: group.isClustered, ...told },
  });
  await audit(tx, { kind: 'member-joined', groupId: group.id, participantId });
  return { participantId, key: null };
}

/** Each once, and none that the group has no row for. */
function labelsOf(group: TaskGroupModel, told: readonly string[]): string[] {
  const { task } = settingsOf(group);
  const known = new Set(told);
  return 'labels' in task ? task.labels.filter((label) => known.has(label)) : [];
}

/** Compare-and-set on `usedAt`: of two who come with one invitation, one gets in. */
async function spendInvitation(
  tx: Transaction,
  group: TaskGroupModel,
  participantId: string,
  invitation: string | undefined,
): Promise<void> {
  const where = { groupId: group.id, hash: hashSecret(invitation ?? ''), usedAt: null };
  const spent = await tx.invitation.updateMany({
    where,
    data: { usedAt: new Date(), usedBy: participantId },
  });
  if (spent.count === 1) return;
  throw new ProblemError(
    'invitation-needed',
    invitation === undefined
      ? `${group.name} is by invitation`
      : 'this invitation is not of this group, or was used',
  );
}
