// A coordinator's database after years of use, written by SQL alone: members, groups, rounds with what was contributed to them,
// figures and an audit trail. Rows are as the coordinator writes them, but for hashes and signatures, which nobody here checks.
import type { ApiClient } from '@colora/protocol/api-client';
import type pg from 'pg';

export interface Size {
  readonly groups: number;
  readonly members: number;
  /** Of each group. */
  readonly rounds: number;
  readonly auditRows: number;
}

/** How large, of the command line of a benchmark that fills: with what it takes besides, for parseArgs. */
export const sizeOptions = {
  members: { type: 'string', default: '200' },
  groups: { type: 'string', default: '20' },
  rounds: { type: 'string', default: '500' },
  audit: { type: 'string', default: '1000000' },
} as const;

export function sizeOf(flags: Readonly<Record<keyof typeof sizeOptions, string>>): Size {
  const { members, groups, rounds, audit } = flags;
  return {
    members: Number(members),
    groups: Number(groups),
    rounds: Number(rounds),
    auditRows: Number(audit),
  };
}

/** Of the members, so many contribute to a round. */
const cohort = 10;

/** The groups are called group-1, group-2, …; the first that is made, `seed`, is where their settings come from. */
export async function fill(client: pg.Client, admin: ApiClient, size: Size): Promise<void> {
  const settings = {
    baseModel: { name: 'bench', modelType: 'bench', fingerprint: '0'.repeat(64) },
    task: { kind: 'classification' as const, labels: ['a', 'b'], clusters: 'off' as const },
    rounds: { count: size.rounds, participants: cohort, quorum: cohort },
  };
  await admin.call('createGroup', { body: { name: 'seed', access: 'open', settings } });
  for (let at = 1; at <= size.members; at += 1)
    await admin.call('createKey', { body: { role: 'participant', name: `member-${at}` } });
  const { groups, rounds, auditRows } = size;
  for (const statement of statements(groups, rounds, auditRows)) await client.query(statement);
}

/** Each is one statement over all groups. */
const statements = (groups: number, rounds: number, auditRows: number) => [
  'ALTER TABLE "AuditEvent" DISABLE TRIGGER ALL', // a million links one after the other take minutes
  `INSERT INTO "TaskGroup" SELECT (jsonb_populate_record(t, jsonb_build_object('id', 'g' || n, 'name', 'group-' || n,
     'state', 'paused', 'committedRounds', ${rounds}))).* FROM "TaskGroup" t, generate_series(1, ${groups}) n WHERE t."name" = 'seed'`,
  `CREATE TEMP TABLE people AS SELECT "id", row_number() OVER (ORDER BY "name") - 1 AS at FROM "Participant"`,
  `INSERT INTO "Membership" ("groupId", "participantId", "onlineUntil")
     SELECT 'g' || n, p."id", now() FROM generate_series(1, ${groups}) n, people p`,
  `INSERT INTO "Round" ("id", "groupId", "number", "state", "version", "contributed", "wanted", "openedAt", "deadlineAt", "committedAt", "metrics")
     SELECT 'g' || n || '-r' || r, 'g' || n, r, 'committed', r - 1, ${cohort}, ${cohort}, now() - (${rounds} - r) * interval '10 min',
       now(), now(), jsonb_build_object('sharedLoss', 1.0 / r, 'personalLoss', 0.5 / r, 'contributionNorm', random(), 'seconds', 60)
     FROM generate_series(1, ${groups}) n, generate_series(1, ${rounds}) r`,
  `CREATE TEMP TABLE turns AS SELECT r."id" AS round, r."number", r."groupId", p."id" AS person, k
     FROM "Round" r CROSS JOIN generate_series(0, ${cohort - 1}) k
     JOIN people p ON p.at = (r."number" * 7 + k * 13) % (SELECT count(*) FROM people)`,
  'INSERT INTO "Assignment" ("roundId", "participantId") SELECT round, person FROM turns ON CONFLICT DO NOTHING',
  `INSERT INTO "Blob" ("id", "sha256", "bytes") SELECT round || '-' || person, repeat('a', 64), 170000 FROM turns ON CONFLICT DO NOTHING`,
  `INSERT INTO "Contribution" ("roundId", "participantId", "madeForId", "version", "blobId", "weight", "norm", "examples", "receivedAt")
     SELECT round, person, round, "number" - 1, round || '-' || person, 1, random(), 20, now() FROM turns ON CONFLICT DO NOTHING`,
  `INSERT INTO "Metric" ("id", "groupId", "participantId", "round", "name", "value", "createdAt")
     SELECT round || '-' || person || '-' || m, "groupId", person, "number", m, random(), now() - (${rounds} - "number") * interval '10 min'
     FROM turns, unnest(ARRAY['accuracy', 'heldOutLoss']) m ON CONFLICT DO NOTHING`,
  `INSERT INTO "Blob" ("id", "sha256", "bytes") SELECT "id" || '-c', md5("id") || md5("id"), 170000 FROM "Round"`,
  `INSERT INTO "Checkpoint" ("groupId", "version", "blobId") SELECT "groupId", "number" - 1, "id" || '-c' FROM "Round"`,
  `UPDATE "TaskGroup" SET "checkpointVersion" = ${rounds - 1} WHERE "name" <> 'seed'`,
  `INSERT INTO "Manifest" ("groupId", "version", "text", "key", "signature", "through", "settings")
     SELECT "groupId", "number" - 1, repeat('x', 600), repeat('a', 64), repeat('b', 128), "number" - 1, repeat('c', 64) FROM "Round"`,
  `INSERT INTO "ManifestEntry" ("groupId", "version", "isCounted", "at", "participantId", "text")
     SELECT "groupId", "number" - 1, true, k, person, repeat('x', 300) FROM turns ON CONFLICT DO NOTHING`,
  `INSERT INTO "Invitation" ("id", "groupId", "createdBy", "uses", "expiresAt", "createdAt")
     SELECT 'i' || n || '-' || i, 'g' || n, 'admin', 5, now(), now() - i * interval '1 hour'
     FROM generate_series(1, ${groups}) n, generate_series(1, 500) i`,
  `INSERT INTO "AuditEvent" ("id", "kind", "groupId", "roundId", "participantId", "keyId", "detail", "createdAt")
     SELECT 'e' || lpad(e::text, 9, '0'),
       CASE WHEN e % 99991 = 0 THEN 'key-revoked' WHEN e % 499 = 0 THEN 'contribution-refused' WHEN e % 11 = 0 THEN 'round-committed'
         ELSE 'contribution-counted' END,
       'g' || 1 + e % ${groups}, 'g' || 1 + e % ${groups} || '-r' || 1 + e % ${rounds}, p."id", NULL,
       '{"code":"norm-exceeded","message":"it is larger than the group allows"}', now() - (${auditRows} - e) * interval '1 second'
     FROM generate_series(1, ${auditRows}) e JOIN people p ON p.at = e % (SELECT count(*) FROM people)`,
  `INSERT INTO "AuditLink" ("seq", "eventId", "previous", "hash")
     SELECT (SELECT coalesce(max("seq"), 0) FROM "AuditLink") + row_number() OVER (ORDER BY e."createdAt", e."id"), e."id",
       md5(e."id") || md5(e."id"), md5(e."id") || md5(e."id") FROM "AuditEvent" e WHERE e."id" LIKE 'e%' AND length(e."id") = 10`,
  'ALTER TABLE "AuditEvent" ENABLE TRIGGER ALL',
  'VACUUM ANALYZE',
];
