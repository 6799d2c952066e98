// How much room the database has left, by its disk and by the limit that was set, and whether that is too little to go on. Who is
// stopped for it, and goes on after, is room-watch.ts's.
import { ProblemError } from '@colora/protocol/problems';
import type { Storage } from '@colora/protocol/storage/storage';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { StorageBounds } from './storage-bounds.ts';
import type { DatabaseUsage } from './usage.ts';

export type RoomLeft = Omit<Storage['database'], 'kind' | 'bytes'>;

export interface Room {
  /** Asks the disk and the database. */
  read(): Promise<RoomLeft>;
  /** Throws wrong-group-state where too little was left when it was last asked. */
  assertRoom(): void;
}

/** Once short, there has to be so much more than the reserve before it isn't: groups would start and stop by turns. */
const enoughAgain = 1.25;

interface Asked {
  readonly db: Pick<PrismaClient, '$queryRaw'>;
  readonly usage: DatabaseUsage;
  readonly bounds: StorageBounds;
}

export function createRoom({ db, usage, bounds: { limitBytes, reserveBytes } }: Asked): Room {
  let last: RoomLeft | null = null;
  return {
    async read() {
      const diskFreeBytes = await usage.diskFreeBytes();
      const upTo = limitBytes === null ? null : limitBytes - (await usage.usedBytes());
      // what was removed is used again before the database grows: it counts as room, and is asked for only near the limit
      const underLimit =
        upTo === null || upTo >= enoughAgain * reserveBytes ? upTo : upTo + (await reusableBytes(db));
      const known = [diskFreeBytes, underLimit].filter((bytes) => bytes !== null);
      const freeBytes = known.length === 0 ? null : Math.max(0, Math.round(Math.min(...known)));
      const needed = last?.isShort === true ? enoughAgain * reserveBytes : reserveBytes;
      const isShort = freeBytes !== null && freeBytes < needed;
      last = { limitBytes, freeBytes, reserveBytes, isShort };
      return last;
    },
    assertRoom() {
      if (last?.isShort === true) throw new ProblemError('wrong-group-state', roomText(last));
    },
  };
}

/** What is told of too little room, and what to do. */
export function roomText({ freeBytes, reserveBytes, limitBytes }: RoomLeft): string {
  const limit = limitBytes === null ? '' : ', raise STORAGE_LIMIT';
  return `${noRoom}: ${megabytes(freeBytes ?? 0)} left, and ${megabytes(reserveBytes)} are kept free (STORAGE_RESERVE); make room on its disk${limit}, or keep less (colora storage tells where the bytes are). It goes on by itself once ${megabytes(enoughAgain * reserveBytes)} are free`;
}

/** How each such reason begins: groups that are paused for it go on by themselves. */
export const noRoom = 'the database is nearly out of room';

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** Of the table of chunks, nearly all that is stored: what it takes beyond what is in it, give or take a twentieth. */
async function reusableBytes(db: Pick<PrismaClient, '$queryRaw'>): Promise<number> {
  const [row] = await db.$queryRaw<{ bytes: number | null }[]>`
    SELECT (pg_total_relation_size('"BlobChunk"') - 1.05 * coalesce(sum(octet_length("data")), 0))::float8 AS "bytes"
    FROM "BlobChunk"`;
  return Math.max(0, row?.bytes ?? 0);
}
