// Pausing a group because something went wrong with it, in one transaction with what went wrong. An admin's own
// pause is in groups/group-handlers.ts.
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../sql/transaction.ts';

/** Pauses the running group if `also` agrees; true when it did. The reason is shown until the group is started again. */
export async function pauseFor(
  { db, hints, log }: Pick<Context, 'db' | 'hints' | 'log'>,
  { groupId, groupName }: { readonly groupId: string; readonly groupName: string },
  reason: string,
  also: (tx: Transaction) => Promise<boolean>,
): Promise<boolean> {
  const paused = await db.$transaction(async (tx) => {
    if (!(await also(tx))) return false;
    const where = { id: groupId, state: 'running' as const };
    const { count } = await tx.taskGroup.updateMany({
      where,
      data: { state: 'paused', pausedReason: reason },
    });
    if (count === 0) return false;
    await audit(tx, { kind: 'group-paused', groupId, detail: { reason } });
    return true;
  });
  if (!paused) return false;
  log.warn({ taskGroupId: groupId, reason }, 'group paused');
  hints.tell(groupId, 'group:changed', { group: groupName, state: 'paused' });
  return true;
}
