// How far members got in the rounds that asked them, noted in memory and written once a second for all of them: no request waits
// for it or costs a statement of its own. For people to read (rounds/why/), but for one thing that it decides: a round doesn't wait for
// who was refused (sql/reliable-members.ts). A coordinator that is killed loses its last second; then that round waits to its deadline.
import type { PrismaClient } from '../generated/prisma/client.ts';
import { storableText } from '../sql/storable-text.ts';

/** Columns of Assignment, in the order in which a member passes them. What is noted first stays. */
type Mark = 'toldAt' | 'downloadAt' | 'downloadedAt' | 'uploadAt' | 'uploadedAt';

interface Whose {
  /** The round it is about: of a contribution, the one that it was made for. */
  readonly roundId: string;
  readonly participantId: string;
}

interface Refusal {
  readonly refusedAt: Date;
  readonly refusedCode: string;
  readonly refusedWhy: string;
}

/** Of an Assignment's row; who isn't asked has none, and nothing is kept of it. */
interface Noted extends Whose, Partial<Record<Mark, Date>>, Partial<Refusal> {
  /** Somebody else held its row: how often that happened. */
  missed: number;
}

export interface RoundMarks {
  /** `at`: by the database's clock. */
  note(whose: Whose, mark: Mark, at: Date): void;
  /** The last one stays. */
  noteRefusal(
    whose: Whose,
    refusal: { readonly at: Date; readonly code: string; readonly why: string },
  ): void;
  /** All that was noted until now. */
  write(): Promise<void>;
  /** `complain`: of a write that failed; it is tried again. */
  start(complain: (error: unknown) => void): void;
  stop(): Promise<void>;
}

const everyMs = 1_000;
/** In one statement. */
const batch = 500;
/** While the database is away no more is remembered. */
const mostNoted = 20_000;
/** Whoever draws members anew holds rows for a moment. */
const mostMissed = 5;
const longestWhy = 300;

export function createRoundMarks(db: Pick<PrismaClient, '$queryRaw'>): RoundMarks {
  const noted = new Map<string, Noted>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | null = null;

  function entryOf({ roundId, participantId }: Whose): Noted | null {
    const key = `${roundId} ${participantId}`;
    const known = noted.get(key);
    if (known !== undefined) return known;
    if (noted.size >= mostNoted) return null;
    const entry = { roundId, participantId, missed: 0 };
    noted.set(key, entry);
    return entry;
  }
  function putBack(entries: readonly Noted[]): void {
    for (const entry of entries) {
      const newer = entryOf(entry);
      if (newer !== null) Object.assign(newer, { ...newer, ...entry, ...refusalOf(newer) });
    }
  }
  async function writeAll(): Promise<void> {
    for (let left = noted.size; left > 0; left -= batch) {
      const entries = [...noted.values()].slice(0, batch);
      for (const { roundId, participantId } of entries) noted.delete(`${roundId} ${participantId}`);
      try {
        putBack(await writeMarks(db, entries));
      } catch (error) {
        putBack(entries);
        throw error;
      }
    }
  }
  const write = async () => {
    await writing?.catch(() => undefined);
    writing = writeAll().finally(() => {
      writing = null;
    });
    await writing;
  };
  return {
    note(whose, mark, at) {
      const entry = entryOf(whose);
      if (entry !== null) entry[mark] ??= at;
    },
    noteRefusal(whose, { at, code, why }) {
      const refusal = {
        refusedAt: at,
        refusedCode: code,
        refusedWhy: storableText(why.slice(0, longestWhy)),
      };
      Object.assign(entryOf(whose) ?? {}, refusal);
    },
    write,
    start(complain) {
      timer = setInterval(() => {
        if (writing === null && noted.size > 0) write().catch(complain);
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await write().catch(() => undefined); // the database is away: it is for people only
    },
  };
}

function refusalOf({ refusedAt, refusedCode, refusedWhy }: Noted): Partial<Refusal> {
  return refusedAt === undefined || refusedCode === undefined || refusedWhy === undefined
    ? {}
    : { refusedAt, refusedCode, refusedWhy };
}

/**
 * Waits for nobody's rows, so that it is in no deadlock: returns those that others held just now, to be tried again, a few times
 * (a row that isn't there looks the same).
 */
async function writeMarks(db: Pick<PrismaClient, '$queryRaw'>, entries: readonly Noted[]): Promise<Noted[]> {
  const written = await db.$queryRaw<Whose[]>`
    WITH "free" AS (
      SELECT x.* FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS x("roundId" text, "participantId" text,
        "toldAt" timestamp(3), "downloadAt" timestamp(3), "downloadedAt" timestamp(3), "uploadAt" timestamp(3),
        "uploadedAt" timestamp(3), "refusedAt" timestamp(3), "refusedCode" text, "refusedWhy" text)
      CROSS JOIN LATERAL (SELECT 1 FROM "Assignment" l WHERE l."roundId" = x."roundId"
        AND l."participantId" = x."participantId" LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) l
    )
    UPDATE "Assignment" a SET
      "toldAt" = COALESCE(a."toldAt", f."toldAt"),
      "downloadAt" = COALESCE(a."downloadAt", f."downloadAt"),
      "downloadedAt" = COALESCE(a."downloadedAt", f."downloadedAt"),
      "uploadAt" = COALESCE(a."uploadAt", f."uploadAt"),
      "uploadedAt" = COALESCE(a."uploadedAt", f."uploadedAt"),
      "refusedAt" = COALESCE(f."refusedAt", a."refusedAt"),
      "refusedCode" = COALESCE(f."refusedCode", a."refusedCode"),
      "refusedWhy" = COALESCE(f."refusedWhy", a."refusedWhy")
    FROM "free" f WHERE a."roundId" = f."roundId" AND a."participantId" = f."participantId"
    RETURNING a."roundId", a."participantId"`;
  const done = new Set(written.map(({ roundId, participantId }) => `${roundId} ${participantId}`));
  return entries.flatMap((entry) =>
    done.has(`${entry.roundId} ${entry.participantId}`) || entry.missed >= mostMissed
      ? []
      : { ...entry, missed: entry.missed + 1 },
  );
}
