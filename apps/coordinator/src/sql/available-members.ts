// Which members may be asked: online, with their probe sent where the group has clusters and keys handed in where it is masked,
// not away, and within the hours they gave. One piece of SQL, shared by all
// who count, draw or admit members; the same rule for one member's clock is isAvailable, for tests to compare.
import { type Sql, sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet

/** Minutes of the day in UTC; `to` before `from` passes midnight. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A condition on "Membership" m. */
export function isAvailableSql(now: Date): Sql {
  const minute = minuteOf(now);
  return sqltag`(m."onlineUntil" > ${now} AND m."endedAt" IS NULL AND NOT m."awaitsProbe" AND NOT m."awaitsKeys"
    AND (m."awayUntil" IS NULL OR m."awayUntil" <= ${now})
    AND (m."windows" IS NULL OR EXISTS (
      SELECT 1 FROM jsonb_to_recordset(m."windows") AS w("from" int, "to" int)
      WHERE CASE WHEN w."from" <= w."to" THEN w."from" <= ${minute}::int AND ${minute}::int < w."to"
        ELSE w."from" <= ${minute}::int OR ${minute}::int < w."to" END)))`;
}

/** The hours alone, for one member. */
export function isWithin(windows: readonly Window[] | null, now: Date): boolean {
  const minute = minuteOf(now);
  if (windows === null) return true;
  return windows.some(({ from, to }) =>
    from <= to ? from <= minute && minute < to : from <= minute || minute < to,
  );
}

function minuteOf(now: Date): number {
  return now.getUTCHours() * 60 + now.getUTCMinutes();
}
