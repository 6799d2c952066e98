// The entries of a manifest: what counted in a round, and what was left out since the manifest before, as the database tells it
// in the transaction that commits the checkpoint. How they are hashed and signed is write-manifest.ts's.
import { randomBytes } from 'node:crypto';
import { countedForm, leftOutForm } from '@colora/protocol/proofs/manifest-entry';
import type { Transaction } from '../sql/transaction.ts';

export interface NewEntry {
  readonly participantId: string;
  readonly text: string;
}

const salt = () => randomBytes(16).toString('hex');

type CountedRow = Omit<Parameters<typeof countedForm.write>[0], 'salt'> & { readonly participantId: string };

/** In the order in which they are added up: that of their participants' ids. */
export async function countedEntries(tx: Transaction, roundId: string): Promise<NewEntry[]> {
  const rows = await tx.$queryRaw<CountedRow[]>`
    SELECT k."participantId", p."name" AS "participant", m."number" AS "madeFor", k."statement", k."signature", b."sha256",
      b."bytes", k."version", k."staleness", k."examples", k."weight", k."norm", k."part", a."cluster"
    FROM "Contribution" k JOIN "Participant" p ON p."id" = k."participantId" JOIN "Round" m ON m."id" = k."madeForId"
    JOIN "Blob" b ON b."id" = k."blobId"
    JOIN "Assignment" a ON a."roundId" = k."roundId" AND a."participantId" = k."participantId"
    WHERE k."roundId" = ${roundId} ORDER BY k."participantId"`;
  return rows.map(({ participantId, ...said }) => ({
    participantId,
    text: countedForm.write({ salt: salt(), ...said }),
  }));
}

/** Rounds after `since` up to `through`, and what was refused of earlier ones after `at`. */
interface Span {
  readonly groupId: string;
  readonly since: number;
  readonly through: number;
  readonly at: Date;
  /** The round that made the checkpoint; null: none did. */
  readonly roundId: string | null;
}

interface LeftOutRow {
  readonly participantId: string;
  readonly participant: string;
  readonly madeFor: number;
  readonly reason: string;
  readonly times: number;
  readonly sha256: string | null;
  readonly statement: string | null;
  readonly signature: string | null;
}

/** What had been accepted and counts nowhere, what was refused (once a member, round and reason), and who was asked and sent nothing. */
export async function leftOutEntries(tx: Transaction, span: Span): Promise<NewEntry[]> {
  const { groupId, since, through, at, roundId } = span;
  const rows = await tx.$queryRaw<LeftOutRow[]>`
    WITH "refused" AS (
      SELECT e."participantId", e."roundId", e."detail"->>'code' AS "reason", count(*)::int AS "times"
      FROM "AuditEvent" e JOIN "Round" r ON r."id" = e."roundId"
      WHERE e."groupId" = ${groupId} AND e."kind" = 'contribution-refused' AND e."participantId" IS NOT NULL
        AND r."number" <= ${through}::int AND (r."number" > ${since}::int OR e."createdAt" > ${at})
      GROUP BY 1, 2, 3
    )
    SELECT f."participantId", p."name" AS "participant", coalesce(m."number", r."number") AS "madeFor", f."reason", f."times",
      b."sha256", k."statement", k."signature"
    FROM "refused" f JOIN "Round" r ON r."id" = f."roundId" JOIN "Participant" p ON p."id" = f."participantId"
    LEFT JOIN "Contribution" k ON r."state" = 'failed' AND f."reason" IN ('cancelled', 'round-failed')
      AND k."roundId" = f."roundId" AND k."participantId" = f."participantId"
    LEFT JOIN "Round" m ON m."id" = k."madeForId"
    LEFT JOIN "Blob" b ON b."id" = k."blobId"
    UNION ALL
    SELECT s."participantId", p."name", r."number", 'attempt-given-up', 1, s."leftSha256", s."leftStatement", s."leftSignature"
    FROM "Round" r JOIN "MaskedMember" s ON s."roundId" = r."id" JOIN "Participant" p ON p."id" = s."participantId"
    WHERE r."groupId" = ${groupId} AND r."number" > ${since}::int AND r."number" <= ${through}::int AND s."leftSha256" IS NOT NULL
    UNION ALL
    SELECT a."participantId", p."name", r."number", 'nothing-sent', 1, NULL, NULL, NULL
    FROM "Assignment" a JOIN "Round" r ON r."id" = a."roundId" JOIN "Participant" p ON p."id" = a."participantId"
    WHERE a."roundId" = ${roundId}
      AND NOT EXISTS (SELECT 1 FROM "Contribution" k WHERE k."roundId" = a."roundId" AND k."participantId" = a."participantId")
      AND NOT EXISTS (SELECT 1 FROM "refused" f WHERE f."roundId" = a."roundId" AND f."participantId" = a."participantId")
    ORDER BY 1, 3, 4`;
  return rows.map(({ participantId, ...said }) => ({
    participantId,
    text: leftOutForm.write({ salt: salt(), ...said }),
  }));
}
