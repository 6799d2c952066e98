// What a database takes on its disk, and what is left there. What follows of it is room/room.ts's.
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { DatabaseUsage } from '../room/usage.ts';

/** Of a database that lies in this folder. */
export function folderUsage(folder: string): DatabaseUsage {
  return {
    async usedBytes() {
      let bytes = 0;
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const file = await stat(join(entry.parentPath, entry.name)).catch(() => null); // it may be gone since
        bytes += file === null ? 0 : file.size;
      }
      return bytes;
    },
    async diskFreeBytes() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
  };
}

export function serverUsage(db: Pick<PrismaClient, '$queryRaw'>): DatabaseUsage {
  return {
    async usedBytes() {
      const [row] = await db.$queryRaw<{ bytes: number }[]>`
        SELECT pg_database_size(current_database())::float8 AS "bytes"`;
      return row?.bytes ?? 0;
    },
    diskFreeBytes: async () => null,
  };
}
