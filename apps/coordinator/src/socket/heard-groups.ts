// Which groups' hints a socket hears: a participant's those it is a member of, other keys' all, or those they are good for.
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { KeyHolder } from '../keys/key-ring.ts';

/** Their ids; null: all, now and later. */
export async function heardGroups(
  db: Pick<PrismaClient, 'membership' | 'taskGroup'>,
  { participantId, groups }: Pick<KeyHolder, 'participantId' | 'groups'>,
): Promise<string[] | null> {
  const name = groups === null ? {} : { name: { in: [...groups] } };
  if (participantId !== null) {
    const where = { participantId, endedAt: null, group: name };
    const rows = await db.membership.findMany({ where, select: { groupId: true } });
    return rows.map(({ groupId }) => groupId);
  }
  if (groups === null) return null;
  const rows = await db.taskGroup.findMany({ where: name, select: { id: true } });
  return rows.map(({ id }) => id);
}
