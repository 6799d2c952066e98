// What the database says, read with SQL of our own in one snapshot. None of the coordinator's code is used.
import type { AggregationSettings } from '@colora/protocol/aggregation-settings';

/** The database did not answer: nothing is known of what it holds. */
export class QueryFailed extends Error {
  override readonly name = 'QueryFailed';
}

/** Throws QueryFailed. */
export type Query = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly settings: {
    readonly aggregation: AggregationSettings;
    readonly privacy: {
      readonly minMembers?: number;
      readonly clipNorm?: number;
      readonly secureAggregation?: { readonly bits: number; readonly range?: number };
    };
  };
  readonly committedRounds: number;
  readonly checkpointVersion: number | null;
}

export interface RoundRow {
  readonly id: string;
  readonly groupId: string;
  readonly number: number;
  readonly state: string;
  readonly version: number;
  readonly contributed: number;
  /** Of its group, when it was last drawn for. */
  readonly members: number;
  /** Of a masked one, what its members told of their verdicts, summed up. */
  readonly verdicts: VerdictsRow | null;
}

export interface VerdictsRow {
  readonly told: number;
  readonly opinions: Readonly<Record<string, number>>;
  readonly shareOfCore: number;
  readonly weight: number;
  readonly weight2: number;
  readonly gain: number;
  readonly gain2: number;
}

export interface ContributionRow {
  readonly roundId: string;
  readonly participant: string;
  readonly participantId: string;
  readonly weight: number;
  /** Versions that had passed when it came; absent where none may. */
  readonly staleness?: number;
  readonly blobId: string;
  readonly sha256: string;
}

export interface CheckpointRow {
  readonly groupId: string;
  readonly version: number;
  readonly blobId: string;
  readonly sha256: string;
  readonly optimizerBlobId: string | null;
}

/** Accepted in an attempt at a masked round that was given up: it counts nowhere. */
export interface LeftRow {
  readonly participant: string;
  readonly sha256: string;
}

/** A cluster's row of the head, in every checkpoint after `version`. */
export interface ClusterRowRow {
  readonly groupId: string;
  readonly cluster: number;
  readonly label: string;
  /** The tensor of checkpoint `version` that it starts from; zeros where it is null. */
  readonly start: string | null;
  readonly version: number;
}

export interface Records {
  readonly left: readonly LeftRow[];
  readonly groups: readonly GroupRow[];
  readonly rounds: readonly RoundRow[];
  readonly contributions: readonly ContributionRow[];
  readonly checkpoints: readonly CheckpointRow[];
  readonly clusterRows: readonly ClusterRowRow[];
}

export async function readRecords(query: Query): Promise<Records> {
  return {
    groups: await query<GroupRow>(
      `SELECT "id", "name", "state"::text, "settings", "committedRounds", "checkpointVersion" FROM "TaskGroup" ORDER BY "name"`,
    ),
    rounds: await query<RoundRow>(
      `SELECT "id", "groupId", "number", "state"::text, "version", "contributed", "members", "verdicts" FROM "Round" ORDER BY "groupId", "number"`,
    ),
    contributions: await query<ContributionRow>(
      `SELECT c.*, p."name" AS "participant", b."sha256"
       FROM "Contribution" c JOIN "Participant" p ON p."id" = c."participantId" JOIN "Blob" b ON b."id" = c."blobId"
       ORDER BY c."roundId", c."participantId"`,
    ),
    left: await query<LeftRow>(
      `SELECT p."name" AS "participant", s."leftSha256" AS "sha256" FROM "MaskedMember" s
       JOIN "Participant" p ON p."id" = s."participantId" WHERE s."leftSha256" IS NOT NULL`,
    ),
    checkpoints: await query<CheckpointRow>(
      `SELECT c."groupId", c."version", c."blobId", b."sha256", c."optimizerBlobId"
       FROM "Checkpoint" c JOIN "Blob" b ON b."id" = c."blobId" ORDER BY c."groupId", c."version"`,
    ),
    clusterRows: await query<ClusterRowRow>(`SELECT * FROM "ClusterRow" ORDER BY "groupId", "at"`),
  };
}

/** A blob's bytes, its chunks in their order. */
export async function readBlob(query: Query, blobId: string): Promise<Buffer> {
  const chunks = await query<{ data: Uint8Array }>(
    `SELECT "data" FROM "BlobChunk" WHERE "blobId" = $1 ORDER BY "index"`,
    [blobId],
  );
  return Buffer.concat(chunks.map(({ data }) => data));
}

export const endedStates: readonly string[] = ['committed', 'failed', 'cancelled'];
