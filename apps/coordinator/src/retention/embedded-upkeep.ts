// What a Postgres server does by itself and the embedded database doesn't, as it has no other processes: vacuum, so that what was
// removed is used again, and checkpoints, without which its write-ahead log grows for ever. Which rows go is clean-up.ts's affair.
import type { PrismaClient } from '../generated/prisma/client.ts';

/** Runs one statement outside of transactions. Others wait for it: there is one connection. */
export type Vacuum = (statement: string) => Promise<void>;

/** Tables are shrunk where they take this much, and as much again, more than what is in them. */
const wasteBytes = 64 * 1024 ** 2;

interface TableRow {
  table: string;
}

/**
 * Does what is due, one statement at a time, so that whoever calls meanwhile waits for no more than one; `stop` is asked between
 * them. `isQuiet`: no round is under way, so that a table may be written anew. Returns the tables that were vacuumed.
 */
export async function keepEmbedded(
  db: Pick<PrismaClient, '$queryRaw'>,
  vacuum: Vacuum,
  isQuiet: () => Promise<boolean>,
  stop: () => boolean,
): Promise<string[]> {
  const due = await dueTables(db);
  for (const { table } of due) {
    if (stop()) return [];
    await vacuum(`VACUUM (ANALYZE) "${table}"`);
  }
  if (!stop() && (await isWasteful(db)) && (await isQuiet())) await vacuum('VACUUM FULL "BlobChunk"');
  if (!stop()) await vacuum('CHECKPOINT');
  return due.map(({ table }) => table);
}

/** By autovacuum's own rule (autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor), but of chunks each dead one counts. */
async function dueTables(db: Pick<PrismaClient, '$queryRaw'>): Promise<TableRow[]> {
  await db.$queryRaw`SELECT pg_stat_force_next_flush()::text`; // what was counted lately is told from the next statement on
  return db.$queryRaw<TableRow[]>`
    SELECT "relname" AS "table" FROM pg_stat_user_tables
    WHERE "schemaname" = current_schema()
      AND "n_dead_tup" > CASE WHEN "relname" = 'BlobChunk' THEN 0 ELSE 50 + 0.2 * "n_live_tup" END
    ORDER BY "relname"`;
}

async function isWasteful(db: Pick<PrismaClient, '$queryRaw'>): Promise<boolean> {
  const [row] = await db.$queryRaw<{ taken: number; live: number }[]>`
    SELECT pg_total_relation_size('"BlobChunk"')::float8 AS "taken",
      coalesce(sum(octet_length("data")), 0)::float8 AS "live" FROM "BlobChunk"`;
  return row !== undefined && row.taken - row.live > wasteBytes + row.live;
}
