// What is stored, over REST. Counting is read-storage.ts's: all who ask within half a minute are told the same count.
import { shownTo } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';

export async function showStorage(
  { db, storage }: Context,
  { caller }: Call<'showStorage'>,
): Promise<Result<'showStorage'>> {
  const counted = await storage.read();
  if (caller.groups === null) return counted;
  const shown = await db.taskGroup.findMany({ where: shownTo(caller), select: { name: true } });
  const names = new Set(shown.map(({ name }) => name));
  return { ...counted, groups: counted.groups.filter(({ group }) => names.has(group)) };
}
