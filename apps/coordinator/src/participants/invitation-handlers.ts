// Invitations over REST: create, list, revoke. What their text is made of and how one is used up is invitations/'s.
import type { Invitation } from '@colora/protocol/accounts/invitations';
import { ProblemError } from '@colora/protocol/problems';
import { findGroup } from '../access/find-group.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { InvitationModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { formatInvitation } from '../invitations/invitation-text.ts';
import { byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { readClock, secondsAfter } from '../sql/database-clock.ts';

export async function createInvitation(
  context: Context,
  { params, body, caller }: Call<'createInvitation'>,
): Promise<Result<'createInvitation'>> {
  const { id: groupId } = await findGroup(context, params.group);
  const made = await context.db.$transaction(async (tx) => {
    const expiresAt = secondsAfter(await readClock(tx), body.expiresInSeconds);
    const { uses } = body;
    const row = await tx.invitation.create({ data: { groupId, uses, expiresAt, createdBy: caller.name } });
    const detail = { invitation: row.id, uses, expiresAt: expiresAt.toISOString() };
    await audit(tx, { kind: 'invitation-created', by: caller, groupId, detail });
    return row;
  });
  return { ...toView(made, []), invitation: await formatInvitation(context.secret, made) };
}

export async function listInvitations(
  context: Context,
  { params, query }: Call<'listInvitations'>,
): Promise<Result<'listInvitations'>> {
  const { db } = context;
  const where = { groupId: (await findGroup(context, params.group)).id };
  const { rows, ...turning } = await readPage(query, {
    name: 'listInvitations',
    order: byTime[query.sort],
    find: ({ where: after, ...part }) =>
      db.invitation.findMany({
        where: { AND: [where, after] },
        ...part,
        include: { usedBy: { orderBy: { usedAt: 'asc' }, take: mostNames } },
      }),
    count: (take) => db.invitation.count({ where, take }),
  });
  const ids = rows.flatMap(({ usedBy }) => usedBy.map(({ participantId }) => participantId));
  const people = await db.participant.findMany({
    where: { id: { in: ids } },
    select: { id: true, name: true },
  });
  const names = new Map(people.map(({ id, name }) => [id, name]));
  const items = rows.map((row) =>
    toView(
      row,
      row.usedBy.flatMap(({ participantId }) => names.get(participantId) ?? []),
    ),
  );
  return { items, ...turning };
}

/** Of an invitation's users, so many are told by name. */
const mostNames = 100;

/** Repeatable. */
export async function revokeInvitation(
  context: Context,
  { params, caller }: Call<'revokeInvitation'>,
): Promise<Result<'revokeInvitation'>> {
  const { db } = context;
  const { id: groupId, name } = await findGroup(context, params.group);
  const { id } = params;
  const row = await db.$transaction(async (tx) => {
    const now = await readClock(tx);
    const { count } = await tx.invitation.updateMany({
      where: { id, groupId, revokedAt: null },
      data: { revokedAt: now },
    });
    const detail = { invitation: id };
    if (count > 0) await audit(tx, { kind: 'invitation-revoked', by: caller, groupId, detail });
    return tx.invitation.findUnique({ where: { id, groupId } });
  });
  if (row === null) throw new ProblemError('unknown-invitation', `${name} has no invitation ${id}`);
  return toView(row, []);
}

function toView(row: InvitationModel, usedBy: string[]): Invitation {
  const { id, createdBy, uses, used } = row;
  return {
    ...{ id, createdBy, uses, used, usedBy },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
