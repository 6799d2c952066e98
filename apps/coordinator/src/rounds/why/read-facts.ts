// What an explanation tells beside what decides the next step: whom a group waits for and how far they are, what went before, since
// when it is paused. A few statements, each bounded, whoever asks; what they mean is explain.ts's.
import { sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { nothingUsual, readAnswered } from '../../sql/answered-rounds.ts';
import { isAvailableSql } from '../../sql/available-members.ts';
import { isAwaitedInPhaseSql } from '../../sql/awaited-in-phase.ts';
import type { KnownSituation } from '../read-situation.ts';
import type { Facts, LastRound, Person } from './explain.ts';

type Reading = Pick<PrismaClient, '$queryRaw' | 'membership' | 'taskGroup'>;

/** What is seen of a member's socket after its daemon told how it ends; who is seen later is there again. */
const presenceSlack = sqltag`INTERVAL '1 minute'`;
/** The most members that are told of by name. */
const mostNames = 20;

/** `only`: the participant who asks, and is told of nobody else; null: who watches over the group. */
export async function readFacts(db: Reading, situation: KnownSituation, only: string | null): Promise<Facts> {
  const { groupId, group } = situation;
  const [members, { pausedReason, endedReason }, pausedAt, { people, more }, last] = await Promise.all([
    db.membership.count({ where: { groupId, endedAt: null } }),
    db.taskGroup.findUniqueOrThrow({
      where: { id: groupId },
      select: { pausedReason: true, endedReason: true },
    }),
    group.state === 'paused' ? readPausedAt(db, groupId) : null,
    waitsForMembers(situation) ? readPeople(db, situation, only) : { people: [], more: 0 },
    readLastRound(db, groupId, only),
  ]);
  return { members, pausedReason, endedReason, pausedAt, people, more, isOfAll: only === null, last };
}

/** A group that doesn't run waits for an admin, and one that is being closed for itself. */
function waitsForMembers({ group, round }: KnownSituation): boolean {
  return group.state === 'running' && (round === null || round.state === 'collecting');
}

/** Null where it isn't known any more. Pausing is among the latest events of a group that is paused. */
async function readPausedAt(db: Reading, groupId: string): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date }[]>`
    SELECT e."createdAt" AS "at" FROM "AuditEvent" e
    WHERE e."groupId" = ${groupId} AND e."kind" IN ('group-paused', 'round-failed') ORDER BY e."createdAt" DESC LIMIT 1`;
  return row?.at ?? null;
}

interface PersonRow extends Omit<Person, 'refused' | 'report' | 'usual'> {
  readonly participantId: string;
  readonly refusedAt: Date | null;
  readonly refusedCode: string | null;
  readonly refusedWhy: string | null;
  readonly reportedAt: Date | null;
  readonly exit: string | null;
  readonly cause: string | null;
  readonly reportedRound: number | null;
  readonly total: number;
}

/** Of a live round those that it asked and got nothing of, who is furthest behind last; between rounds those who can't be asked. */
async function readPeople(
  db: Reading,
  { groupId, groupName, roundId, round, now }: KnownSituation,
  only: string | null,
): Promise<Pick<Facts, 'people' | 'more'>> {
  const rows = await db.$queryRaw<PersonRow[]>`
    SELECT m."participantId", CASE WHEN ${only === null} THEN p."name" ELSE COALESCE(p."ownName", p."name") END AS "participant",
      m."onlineUntil" > ${now} AS "online", m."lastSeenAt", m."awayUntil", m."awaitsProbe", m."awaitsKeys",
      COALESCE(x."missed", 0) AS "missed", COALESCE(x."stalled", 0) AS "stalled",
      a."assignedAt", a."toldAt", a."downloadAt", a."downloadedAt", a."uploadAt", a."refusedAt", a."refusedCode", a."refusedWhy",
      e."toldAt" AS "reportedAt", e."exit", e."cause", e."round" AS "reportedRound",
      count(*) OVER ()::int AS "total"
    FROM "Membership" m JOIN "Participant" p ON p."id" = m."participantId"
    LEFT JOIN "MissedRounds" x ON x."groupId" = m."groupId" AND x."participantId" = m."participantId"
    LEFT JOIN "Assignment" a ON a."roundId" = ${roundId}::text AND a."participantId" = m."participantId" AND a."attempt" > 0
    LEFT JOIN "MemberReport" e ON e."groupId" = m."groupId" AND e."participantId" = m."participantId"
      AND e."toldAt" >= m."lastSeenAt" - ${presenceSlack}
    WHERE m."groupId" = ${groupId} AND m."endedAt" IS NULL AND (${only}::text IS NULL OR m."participantId" = ${only}::text)
      AND CASE WHEN ${roundId === null} THEN NOT ${isAvailableSql(now)}
        WHEN ${round?.masked != null} THEN EXISTS (
          SELECT 1 FROM "Round" r JOIN "MaskedMember" s ON s."roundId" = r."id" AND s."attempt" = r."attempt"
          LEFT JOIN "Contribution" k ON k."roundId" = s."roundId" AND k."participantId" = s."participantId"
          WHERE r."id" = ${roundId}::text AND s."participantId" = m."participantId" AND ${isAwaitedInPhaseSql})
        ELSE a."roundId" IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM "Contribution" k WHERE k."roundId" = a."roundId" AND k."participantId" = a."participantId") END
    ORDER BY "online" DESC, COALESCE(a."uploadAt", a."downloadedAt", a."toldAt", a."assignedAt"), m."lastSeenAt" DESC, p."name"
    LIMIT ${mostNames}::int`;
  const answered = await readAnswered(
    db,
    rows.map(({ participantId }) => participantId),
    [groupName],
  );
  const people = rows.map((row) => ({
    ...row,
    refused: refusalOf(row),
    report: reportOf(row),
    usual: answered.get(row.participantId)?.usual ?? nothingUsual,
  }));
  return { people, more: (rows[0]?.total ?? 0) - rows.length };
}

function refusalOf(of: Pick<PersonRow, 'refusedAt' | 'refusedCode' | 'refusedWhy'>): Person['refused'] {
  const { refusedAt: at, refusedCode: code, refusedWhy: why } = of;
  return at === null || code === null || why === null ? null : { at, code, why };
}

function reportOf({ reportedAt: at, exit, cause, reportedRound: round }: PersonRow): Person['report'] {
  return at === null || exit === null ? null : { at, exit, cause, round };
}

type LastRow = Omit<LastRound, 'slowest' | 'refused'> & { readonly id: string };

async function readLastRound(db: Reading, groupId: string, only: string | null): Promise<LastRound | null> {
  const [row] = await db.$queryRaw<LastRow[]>`
    SELECT r."id", r."number", r."openedAt", r."committedAt", r."failedAt", r."contributed" AS "contributions", r."reason"
    FROM "Round" r WHERE r."groupId" = ${groupId} AND r."state" IN ('committed', 'failed') ORDER BY r."number" DESC LIMIT 1`;
  if (row === undefined) return null;
  const { id, ...round } = row;
  const [slowest] =
    only !== null || round.contributions < 2
      ? []
      : await db.$queryRaw<NonNullable<LastRound['slowest']>[]>`
        SELECT p."name" AS "participant", k."receivedAt" AS "at", (
          SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY h."receivedAt") FROM "Contribution" h WHERE h."roundId" = ${id}) AS "middle"
        FROM "Contribution" k JOIN "Participant" p ON p."id" = k."participantId"
        WHERE k."roundId" = ${id} ORDER BY k."receivedAt" DESC LIMIT 1`;
  const refused = await db.$queryRaw<LastRound['refused']>`
    SELECT CASE WHEN ${only === null} THEN p."name" ELSE COALESCE(p."ownName", p."name") END AS "participant",
      a."refusedAt" AS "at", a."refusedCode" AS "code", a."refusedWhy" AS "why"
    FROM "Assignment" a JOIN "Participant" p ON p."id" = a."participantId"
    WHERE a."roundId" = ${id} AND a."refusedAt" IS NOT NULL AND (${only}::text IS NULL OR a."participantId" = ${only}::text)
      AND NOT EXISTS (SELECT 1 FROM "Contribution" k WHERE k."madeForId" = a."roundId" AND k."participantId" = a."participantId")
    ORDER BY a."refusedAt" DESC LIMIT ${mostNames}::int`;
  return { ...round, slowest: slowest ?? null, refused };
}
