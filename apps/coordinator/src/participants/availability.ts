// When a member may be asked: what it says of itself, kept with its membership. Who is asked is decided with it in
// available-members.ts.
import { DbNull } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { findGroupFor } from '../access/find-group.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { participantOf } from '../refusals.ts';

/** Replaces what was said before. */
export async function putAvailability(
  context: Context,
  { params, body, caller }: Call<'putAvailability'>,
): Promise<Result<'putAvailability'>> {
  const participantId = participantOf(caller);
  const { id: groupId } = await findGroupFor(context, params.group, caller);
  const awayUntil = body.awayUntil === null ? null : new Date(body.awayUntil);
  const windows = body.windows ?? DbNull;
  await context.db.$transaction(async (tx) => {
    await tx.membership.updateMany({ where: { groupId, participantId }, data: { awayUntil, windows } });
    await audit(tx, { kind: 'availability-said', by: caller, groupId, participantId });
  });
  context.nudge(groupId);
  return body;
}
