// All that downloads ask of the database, in one query for all that come in the same moment: hundreds when a round opens.
import { raw } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import type { StoredBlob } from '../blobs/blob-store.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { byKey, inOrder } from '../sql/asked-rows.ts';

export interface DownloadQuestion {
  readonly group: string;
  readonly version: number | 'latest';
  /** Null for those who may read all groups' checkpoints. */
  readonly participantId: string | null;
}

export interface DownloadRow {
  /** Of its question, from 1 on. */
  readonly at: number;
  readonly latest: number | null;
  /** Of the group's settings: what `packed` is in. */
  readonly encoding: string;
  readonly isMember: boolean;
  /** The round that collects contributions made at it; null where none does. */
  readonly roundId: string | null;
  /** By the database's clock. */
  readonly now: Date;
  /** Null where there is no such checkpoint. */
  readonly plain: StoredBlob | null;
  readonly packed: StoredBlob | null;
}

/** Undefined where there is no such group. */
export async function readDownloads(
  db: Pick<PrismaClient, '$queryRaw'>,
  questions: readonly DownloadQuestion[],
): Promise<(DownloadRow | undefined)[]> {
  const blob = (alias: string) =>
    raw(`CASE WHEN ${alias}."id" IS NULL THEN NULL ELSE
      jsonb_build_object('id', ${alias}."id", 'sha256', ${alias}."sha256", 'bytes', ${alias}."bytes") END`);
  const rows = await db.$queryRaw<DownloadRow[]>`
    SELECT x."at"::int, g."checkpointVersion" AS "latest",
      g."downloadEncoding" AS "encoding", m."groupId" IS NOT NULL AS "isMember",
      r."id" AS "roundId", now() AS "now",
      ${blob('p')} AS "plain", ${blob('d')} AS "packed"
    FROM unnest(${questions.map(({ group }) => group)}::text[],
      ${questions.map(({ version }) => (version === 'latest' ? -1 : version))}::bigint[],
      ${questions.map(({ participantId }) => participantId ?? '')}::text[])
      WITH ORDINALITY AS x("group", "version", "participantId", "at")
    JOIN "TaskGroup" g ON g."name" = x."group"
    ${byKey('Membership', 'm', `m."groupId" = g."id" AND m."participantId" = x."participantId" AND m."endedAt" IS NULL`)}
    ${byKey('Checkpoint', 'c', `c."groupId" = g."id" AND c."version" = CASE WHEN x."version" < 0 THEN g."checkpointVersion" ELSE x."version" END`)}
    ${byKey('Round', 'r', `r."groupId" = g."id" AND r."state" = 'collecting' AND r."version" = c."version"`)}
    ${byKey('Blob', 'p', `p."id" = c."blobId"`)}
    ${byKey('Blob', 'd', `d."id" = c."downloadBlobId"`)}`;
  return inOrder(questions, rows);
}
