// Settings that waited for the live round to be over become the group's, before another round opens. How they came to wait is
// groups/change-settings.ts's affair.
import { DbNull } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { nextSettingsOf, storedSettings } from '../access/stored-settings.ts';
import type { Context } from '../context.ts';
import { lockGroup } from '../grouping/regroup-members.ts';
import type { KnownSituation } from './read-situation.ts';

/** True when this call did it. */
export async function takeNextSettings({ db, log }: Context, { groupId }: KnownSituation): Promise<boolean> {
  const taken = await db.$transaction(async (tx) => {
    await lockGroup(tx, groupId);
    const group = await tx.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
    const settings = nextSettingsOf(group);
    const live = await tx.round.count({ where: { groupId, state: { in: ['collecting', 'aggregating'] } } });
    if (settings === null || live > 0) return false;
    const data = { ...storedSettings(settings), nextSettings: DbNull, settingsVersion: { increment: 1 } };
    await tx.taskGroup.update({ where: { id: groupId }, data });
    return true;
  });
  if (taken) log.info({ taskGroupId: groupId }, 'settings that waited for the round’s end are in effect');
  return taken;
}
