// What it means that a member was asked and sent nothing, again and again, or something that was refused: whom a round waits for, and
// who sits a draw out. Each as SQL and, for one member, as a predicate, for tests to compare. How it is counted:
// rounds/cohort/count-missed.ts.
import { problemTable } from '@colora/protocol/problem-table';
import { type Sql, sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet

/** So many rounds in a row anybody may miss. */
export const mostMissed = 3;

/**
 * Of "Membership" m: a round waits for it. Who was online and sent nothing in the last three rounds that asked it isn't waited
 * for; but in the 8th, 16th, 32nd, ... of such rounds it is, so that who is slower than the others finds a way back.
 */
export const isWaitedForSql: Sql = sqltag`NOT EXISTS (SELECT 1 FROM "MissedRounds" x
  WHERE x."groupId" = m."groupId" AND x."participantId" = m."participantId" AND x."stalled" >= ${mostMissed}::int
    AND (x."stalled" = ${mostMissed}::int OR x."stalled" & (x."stalled" + 1) <> 0))`;

export function isWaitedFor(stalled: number): boolean {
  return stalled < mostMissed || (stalled > mostMissed && (stalled & (stalled + 1)) === 0);
}

const digits = '0123456789abcdef';
/** Of draws: a half after three misses in a row, then a quarter, an eighth and, from six on, a sixteenth. */
const mostHalvings = 4;

/**
 * Of "MissedRounds" x, joined or not, and the member's lot l: it is drawn only where there are too few others. The last digit of
 * its lot decides.
 */
export const sitsOutSql: Sql = sqltag`COALESCE(x."missed" >= ${mostMissed}::int
  AND position(right(l."lot", 1) IN ${digits}) > (16 >> LEAST(x."missed" - ${mostMissed - 1}::int, ${mostHalvings}::int)), FALSE)`;

export function sitsOut(missed: number, lot: string): boolean {
  if (missed < mostMissed) return false;
  return digits.indexOf(lot.at(-1)!) >= 16 >> Math.min(missed - (mostMissed - 1), mostHalvings);
}

/** Refusals after which a daemon sends the same contribution again by itself. */
const passing: readonly string[] = Object.entries(problemTable)
  .filter(([, { means }]) => means === 'retry' || means === 'paused')
  .map(([code]) => code);

/** Of "Assignment" a: what its member sent for the round was refused for good, so that nothing comes of it in this round any more. */
export const isRefusedSql: Sql = sqltag`(a."refusedCode" IS NOT NULL AND a."refusedCode" <> ALL(${passing}::text[]))`;

export function isRefused(code: string | null): boolean {
  return code !== null && !passing.includes(code);
}
