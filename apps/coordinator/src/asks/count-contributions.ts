// The moment in which contributions begin to count: rows and the round's counter, in one statement that commits before
// anybody is answered. Those that are ready while a commit is under way go into the next one together: each holds the
// round's row until the log is on the disk, so one at a time would wait for the disk once each.
import type { PrismaClient } from '../generated/prisma/client.ts';
import { batched } from '../load/batching.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';

export interface NewContribution {
  readonly roundId: string;
  readonly participantId: string;
  readonly madeForId: string;
  readonly version: number;
  /** Of a masked round, the attempt that it is for; null of others. */
  readonly attempt: number | null;
  readonly staleness: number;
  readonly blobId: string;
  readonly weight: number;
  readonly norm: number;
  readonly examples: number;
  readonly personalLoss: number | undefined;
  readonly sharedLoss: number | undefined;
  readonly statement: string;
  readonly signature: string | null;
  /** What it is a part of, as a W3C traceparent; null where nothing is traced. */
  readonly trace: string | null;
  /** Of who sent it, and from where: for the audit trail. */
  readonly keyId: string;
  readonly address: string;
}

/** The round as it stands with the contribution in it. */
export interface CountedIn {
  readonly contributed: number;
  readonly wanted: number;
  /** When it was stored. */
  readonly at: Date;
}

export interface ContributionCounter {
  /**
   * Resolves once the contribution counts, durably; null when the round collects no more. Throws a unique violation
   * where the participant's is in it already.
   */
  count(contribution: NewContribution): Promise<CountedIn | null>;
}

type Outcome = { readonly counted: CountedIn | null } | { readonly error: unknown };

export function createContributionCounter(db: Pick<PrismaClient, '$queryRaw'>): ContributionCounter {
  async function commit(contributions: readonly NewContribution[]): Promise<Outcome[]> {
    try {
      const counted = await addToRound(db, contributions[0]!, contributions);
      return contributions.map(() => ({ counted }));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      if (contributions.length === 1) return [{ error }];
      const outcomes: Outcome[] = [];
      for (const one of contributions) outcomes.push(...(await commit([one])));
      return outcomes;
    }
  }
  const options = { atOnce: 1, apart: ({ roundId, attempt }: NewContribution) => `${roundId} ${attempt}` };
  const commitTogether = batched(commit, options);
  return {
    async count(contribution) {
      const outcome = await commitTogether(contribution);
      if ('error' in outcome) throw outcome.error;
      return outcome.counted;
    },
  };
}

/**
 * Counting and asking whether it still collects are one update of the round's row: a closer that claims the round either
 * waits for this commit and sees the contributions, or makes this add nothing.
 */
async function addToRound(
  db: Pick<PrismaClient, '$queryRaw'>,
  { roundId, attempt }: Pick<NewContribution, 'roundId' | 'attempt'>,
  contributions: readonly NewContribution[],
): Promise<CountedIn | null> {
  const [counted] = await db.$queryRaw<CountedIn[]>`
    WITH counted AS (
      UPDATE "Round" r SET "contributed" = r."contributed" + ${contributions.length}::int
      WHERE r."id" = ${roundId} AND r."state" = 'collecting'
        AND CASE WHEN ${attempt}::int IS NULL THEN r."phase" IS NULL ELSE r."phase" = 'masking' AND r."attempt" = ${attempt}::int END
        AND EXISTS (SELECT 1 FROM "TaskGroup" g WHERE g."id" = r."groupId" AND g."state" = 'running')
      RETURNING r."groupId", r."contributed", r."wanted"
    ), given AS (
      SELECT x.* FROM counted, jsonb_to_recordset(${JSON.stringify(contributions)}::jsonb) AS x("roundId" text,
        "participantId" text, "madeForId" text, "version" int, "staleness" int, "blobId" text, "weight" float8,
        "norm" float8, "examples" int, "personalLoss" float8, "sharedLoss" float8,
        "statement" text, "signature" text, "trace" text, "keyId" text, "address" text)
    ), noted AS (
      INSERT INTO "AuditEvent" ("id", "kind", "role", "keyId", "address", "groupId", "roundId", "participantId", "detail")
      SELECT gen_random_uuid()::text, 'contribution-counted', 'participant', x."keyId", x."address", c."groupId", x."roundId",
        x."participantId", jsonb_build_object('version', x."version", 'sha256', b."sha256")
      FROM counted c, given x JOIN "Blob" b ON b."id" = x."blobId"
    ), added AS (
      INSERT INTO "Contribution" ("roundId", "participantId", "madeForId", "version", "staleness", "blobId", "weight",
        "norm", "examples", "personalLoss", "sharedLoss", "statement", "signature", "trace")
      SELECT x."roundId", x."participantId", x."madeForId", x."version", x."staleness", x."blobId", x."weight",
        x."norm", x."examples", x."personalLoss", x."sharedLoss", x."statement", x."signature", x."trace"
      FROM given x
      RETURNING "receivedAt"
    )
    SELECT "contributed", "wanted", (SELECT max("receivedAt") FROM added) AS "at" FROM counted`;
  return counted ?? null;
}
