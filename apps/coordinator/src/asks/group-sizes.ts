// How many members a group has, roughly: counted at most every ten seconds, for those who ask at each poll. Exact
// figures are access/group-view.ts's.
import type { PrismaClient } from '../generated/prisma/client.ts';

export interface GroupSizes {
  of(groupId: string): Promise<number>;
}

const freshMs = 10_000;

export function createGroupSizes(db: Pick<PrismaClient, 'membership'>): GroupSizes {
  const known = new Map<string, { readonly size: Promise<number>; readonly until: number }>();
  return {
    async of(groupId) {
      const entry = known.get(groupId);
      if (entry !== undefined && entry.until > Date.now()) return entry.size;
      const size = db.membership.count({ where: { groupId } });
      known.set(groupId, { size, until: Date.now() + freshMs });
      size.catch(() => known.delete(groupId)); // told to who asked first; the next one counts again
      return size;
    },
  };
}
