// Counts what is stored for each group, and what retention frees of it. Bytes of blobs are their chunks', as they are: what was
// removed counts nothing. The watch over the room that is left is room-watch.ts.
import type { GroupStorage, Kept, Storage } from '@colora/protocol/storage/storage';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { settingsOf } from '../access/stored-settings.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Room } from '../room/room.ts';
import type { DatabaseUsage } from '../room/usage.ts';
import { removableOf } from './old-checkpoints.ts';
import { lastRemovableRound } from './removable.ts';

type Asked = Pick<Context, 'db' | 'databaseKind'> & {
  readonly room: Pick<Room, 'read'>;
  readonly usage: DatabaseUsage;
};

interface BlobRow {
  /** Null of what is staged. */
  groupId: string | null;
  kind: 'checkpoints' | 'optimizerStates' | 'contributions' | 'staged';
  /** The checkpoint's version, or the round's number. */
  at: number | null;
  /** Of a contribution: its round is over. */
  isOver: boolean;
  count: number;
  bytes: number;
}

/** One pass over the chunks, one over the trail, and a few queries a group. */
export async function readStorage({ db, databaseKind, room, usage }: Asked): Promise<Storage> {
  const [groups, blobs, trail, committed, left, usedBytes] = await Promise.all([
    db.taskGroup.findMany({ orderBy: { name: 'asc' } }),
    readBlobs(db),
    readTrail(db),
    db.round.groupBy({ by: 'groupId', where: { state: 'committed' }, _max: { number: true } }),
    room.read(),
    usage.usedBytes(),
  ]);
  const items: GroupStorage[] = [];
  for (const group of groups) {
    const own = blobs.filter(({ groupId }) => groupId === group.id);
    const latest = committed.find(({ groupId }) => groupId === group.id)?._max.number ?? 0;
    items.push(await viewGroup({ db }, group, { own, latest, events: trail.get(group.id) ?? nothing }));
  }
  const staged = sumOf(blobs.filter(({ kind }) => kind === 'staged'));
  const counted = items.reduce((sum, { bytes }) => sum + bytes, staged.bytes);
  return {
    at: new Date().toISOString(),
    database: { kind: databaseKind, bytes: usedBytes, ...left },
    groups: items,
    staged,
    otherBytes: Math.max(0, usedBytes - counted),
  };
}

const nothing: Kept = { count: 0, bytes: 0 };
const usualRetention = taskSettingsSchema.shape.retention.parse({});

interface Counted {
  readonly own: readonly BlobRow[];
  /** The number of the latest committed round. */
  readonly latest: number;
  readonly events: Kept;
}

async function viewGroup(
  { db }: Pick<Context, 'db'>,
  group: TaskGroupModel,
  { own, latest, events }: Counted,
): Promise<GroupStorage> {
  const { rounds, retention } = settingsOf(group);
  const freedBy = async (kept: typeof retention) => {
    const versions = new Set(await removableOf({ db }, group, { rounds, retention: kept }));
    const round = lastRemovableRound(kept, latest);
    return own.filter(({ kind, at, isOver }) =>
      kind === 'contributions' ? isOver && at! <= round : versions.has(at!),
    );
  };
  const soon = new Set(await freedBy(retention));
  const beyond = (await freedBy(usualRetention)).filter((row) => !soon.has(row));
  const of = (kind: BlobRow['kind']) => sumOf(own.filter((row) => row.kind === kind));
  const [checkpoints, optimizerStates, contributions] = [
    of('checkpoints'),
    of('optimizerStates'),
    of('contributions'),
  ];
  return {
    group: group.name,
    ...{ checkpoints, optimizerStates, contributions, events },
    bytes: checkpoints.bytes + optimizerStates.bytes + contributions.bytes + events.bytes,
    freeable: { soon: sumOf([...soon]).bytes, byUsual: sumOf(beyond).bytes },
  };
}

function sumOf(rows: readonly BlobRow[]): Kept {
  return rows.reduce(
    (sum, { count, bytes }) => ({ count: sum.count + count, bytes: sum.bytes + bytes }),
    nothing,
  );
}

/** Lengths of chunks are read off their rows: the chunks themselves aren't. */
function readBlobs(db: Context['db']): Promise<BlobRow[]> {
  return db.$queryRaw<BlobRow[]>`
    WITH "kept" AS (
      SELECT "blobId", sum(octet_length("data"))::float8 AS "bytes" FROM "BlobChunk" GROUP BY "blobId"),
    "named" AS (
      SELECT k."bytes", coalesce(c."groupId", d."groupId", o."groupId", r."groupId") AS "groupId",
        CASE WHEN r."id" IS NOT NULL THEN 'contributions' WHEN o."groupId" IS NOT NULL THEN 'optimizerStates'
          WHEN coalesce(c."groupId", d."groupId") IS NOT NULL THEN 'checkpoints' ELSE 'staged' END AS "kind",
        coalesce(c."version", d."version", o."version", r."number") AS "at",
        coalesce(r."state" IN ('committed', 'failed'), false) AS "isOver", d."groupId" IS NOT NULL AS "isCopy"
      FROM "kept" k
      LEFT JOIN "Checkpoint" c ON c."blobId" = k."blobId"
      LEFT JOIN "Checkpoint" d ON d."downloadBlobId" = k."blobId"
      LEFT JOIN "Checkpoint" o ON o."optimizerBlobId" = k."blobId"
      LEFT JOIN "Contribution" n ON n."blobId" = k."blobId"
      LEFT JOIN "Round" r ON r."id" = n."roundId")
    SELECT "groupId", "kind", "at", "isOver", (count(*) FILTER (WHERE NOT "isCopy"))::int AS "count", sum("bytes")::float8 AS "bytes"
    FROM "named" GROUP BY "groupId", "kind", "at", "isOver"`;
}

/** By group; the tables' bytes are divided by rows, since a million of them need not be read for a sum. */
async function readTrail(db: Context['db']): Promise<Map<string, Kept>> {
  const rows = await db.$queryRaw<{ groupId: string | null; count: number; bytes: number }[]>`
    SELECT "groupId", count(*)::int AS "count",
      ((pg_total_relation_size('"AuditEvent"') + pg_total_relation_size('"AuditLink"'))
        * count(*) / sum(count(*)) OVER ())::float8 AS "bytes"
    FROM "AuditEvent" GROUP BY "groupId"`;
  return new Map(
    rows.flatMap(({ groupId, count, bytes }) =>
      groupId === null ? [] : [[groupId, { count, bytes: Math.round(bytes) }] as const],
    ),
  );
}
