// What a group waits for, in figures, asked at most each second for all who poll it. With names it is waiting.ts's.
import type { WaitingFor } from '@colora/protocol/entities';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { readWaiting } from './waiting.ts';

export interface GroupWaiting {
  /** Null where it waits for nobody. `now` is the database's. */
  of(groupId: string, now: Date): Promise<WaitingFor | null>;
}

const freshMs = 1_000;

export function createGroupWaiting(db: Pick<PrismaClient, '$queryRaw'>): GroupWaiting {
  const known = new Map<string, { readonly answer: Promise<WaitingFor | null>; readonly until: number }>();
  return {
    async of(groupId, now) {
      const entry = known.get(groupId);
      if (entry !== undefined && entry.until > performance.now()) return entry.answer;
      const answer = readWaiting(db, [groupId], { now, named: false }).then(
        (all) => all.get(groupId) ?? null,
      );
      known.set(groupId, { answer, until: performance.now() + freshMs });
      answer.catch(() => known.delete(groupId)); // told to who asked first; the next one asks again
      return answer;
    },
  };
}
