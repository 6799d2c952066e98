// Leaving over REST: a member by itself, an admin who removes one, and being forgotten. What is deleted then is
// leaving/forget-participant.ts's.
import { findGroup, findGroupFor } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { endMemberships } from '../leaving/end-memberships.ts';
import { forgetParticipant, type Gone, revokeAll } from '../leaving/forget-participant.ts';
import { deleteForgottenBytes } from '../leaving/forgotten-bytes.ts';
import { participantOf, unknownParticipant } from '../refusals.ts';
import type { Transaction } from '../sql/transaction.ts';

export async function leaveGroup(
  context: Context,
  { params, caller }: Call<'leaveGroup'>,
): Promise<Result<'leaveGroup'>> {
  const participantId = participantOf(caller);
  const { id: groupId } = await findGroupFor(context, params.group, caller);
  const groups = await context.db.$transaction((tx) =>
    endMemberships(tx, { participantId, groupId }, 'left', caller),
  );
  letGo(context, participantId, { keyIds: [], groups });
  return { participant: caller.name, groups: groups.map(({ name }) => name) };
}

/** Repeatable. */
export async function removeMember(
  context: Context,
  { params, caller }: Call<'removeMember'>,
): Promise<Result<'removeMember'>> {
  const { id: groupId } = await findGroup(context, params.group);
  const { participantId, groups } = await context.db.$transaction(async (tx) => {
    const participantId = await idOf(tx, params.participant, groupId);
    return { participantId, groups: await endMemberships(tx, { participantId, groupId }, 'removed', caller) };
  });
  letGo(context, participantId, { keyIds: [], groups });
  return { participant: params.participant, groups: groups.map(({ name }) => name) };
}

/** Repeatable, also with `forget` after it was done without. */
export async function removeParticipant(
  context: Context,
  { params, query, caller }: Call<'removeParticipant'>,
): Promise<Result<'removeParticipant'>> {
  const { participantId, gone } = await context.db.$transaction(async (tx) => {
    const participantId = await idOf(tx, params.participant);
    const gone = query.forget
      ? await forgetParticipant(tx, participantId, caller)
      : await revokeAll(tx, participantId, caller);
    return { participantId, gone };
  });
  letGo(context, participantId, gone);
  if (query.forget) await deleteForgottenBytes(context);
  return { participant: params.participant, groups: gone.groups.map(({ name }) => name) };
}

export async function forgetMe(context: Context, { caller }: Call<'forgetMe'>): Promise<Result<'forgetMe'>> {
  const participantId = participantOf(caller);
  const gone = await context.db.$transaction((tx) => forgetParticipant(tx, participantId, caller));
  letGo(context, participantId, gone);
  await deleteForgottenBytes(context);
  return { participant: caller.name, groups: gone.groups.map(({ name }) => name) };
}

async function idOf(tx: Transaction, name: string, groupId?: string): Promise<string> {
  const memberships = groupId === undefined ? {} : { memberships: { some: { groupId } } };
  const row = await tx.participant.findUnique({ where: { name, ...memberships }, select: { id: true } });
  if (row !== null) return row.id;
  throw unknownParticipant(name);
}

/** Whoever holds its keys is cut off now, and rounds don't wait for it. */
function letGo({ keys, hints, nudge }: Context, participantId: string, { keyIds, groups }: Gone): void {
  for (const keyId of keyIds) {
    keys.forget(keyId);
    hints.disconnectKey(keyId);
  }
  for (const { id } of groups) {
    hints.dropMember(participantId, id);
    nudge(id);
  }
}
