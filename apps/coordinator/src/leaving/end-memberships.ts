// Ending memberships: by the member, by an admin, or because no key is left. Its places are free at once. What it contributed
// stays: it is part of checkpoints that others built on.
import { audit } from '../audit.ts';
import type { Ending } from '../generated/prisma/enums.ts';
import type { Caller } from '../keys/key-ring.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';

const kinds = { left: 'member-left', removed: 'member-removed', revoked: 'member-revoked' } as const;

export interface EndedIn {
  readonly id: string;
  readonly name: string;
}

/** Of the participant in one group, or in all. Returns the groups in which it was a member. `by`: null for the coordinator. */
export async function endMemberships(
  tx: Transaction,
  of: { readonly participantId: string; readonly groupId?: string },
  ending: Ending,
  by: Caller | null,
): Promise<EndedIn[]> {
  const now = await readClock(tx);
  const { participantId } = of;
  const ended = await tx.membership.updateManyAndReturn({
    where: { ...of, endedAt: null },
    data: { endedAt: now, onlineUntil: now, ending },
    include: { group: { select: { id: true, name: true } } },
  });
  // who left by itself and is removed after that, doesn't come back by itself
  if (ending !== 'left')
    await tx.membership.updateMany({ where: { ...of, ending: 'left' }, data: { ending } });
  for (const { groupId } of ended) await audit(tx, { kind: kinds[ending], by, groupId, participantId });
  return ended.map(({ group }) => group);
}
