// A member tells how long a step takes it, and those who run the group hear of the slowest. What follows for its rounds is
// step-times.ts.
import { findGroup, findGroupFor } from '../access/find-group.ts';
import { settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { participantOf } from '../refusals.ts';
import { readStepTimes } from '../step-times.ts';

/** In the place of what it told before. */
export async function putStepTime(
  context: Context,
  { params, body, caller }: Call<'putStepTime'>,
): Promise<Result<'putStepTime'>> {
  const participantId = participantOf(caller);
  const { id: groupId } = await findGroupFor(context, params.group, caller);
  await context.db.$transaction(async (tx) => {
    await tx.membership.updateMany({ where: { groupId, participantId }, data: body });
    await audit(tx, { kind: 'step-time-told', by: caller, groupId, participantId });
  });
  return body;
}

export async function showStepTimes(
  context: Context,
  { params }: Call<'showStepTimes'>,
): Promise<Result<'showStepTimes'>> {
  const group = await findGroup(context, params.group);
  return await readStepTimes(context, group.id, settingsOf(group));
}
