// Cuts sockets whose key or session stops counting while they are open: because it expires, or was revoked at another coordinator whose
// word did not come. The database is asked for those that stopped counting lately, so that it costs the same however many sockets
// there are. What a request is let in by is keys/key-ring.ts's.
import type { Context } from '../context.ts';

export interface KeyWatch {
  start(context: Context): void;
  /** Waits for the look under way. */
  stop(): Promise<void>;
}

const everyMs = 2_000;
/** Commits may be seen this much later than they are dated. */
const slackSeconds = 60;

export function createKeyWatch(): KeyWatch {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  let lookedAt = performance.now();
  const look = async (context: Context): Promise<void> => {
    if (!context.watch.isAnswering) return;
    const began = performance.now();
    const seconds = (began - lookedAt) / 1000 + slackSeconds;
    try {
      for (const keyId of await stoppedWithin(context, seconds)) {
        context.keys.forget(keyId);
        context.hints.disconnectKeyHere(keyId);
      }
      for (const sessionId of await endedWithin(context, seconds)) {
        context.keys.forgetSession(sessionId);
        context.hints.disconnectSessionHere(sessionId);
      }
      lookedAt = began;
    } catch (error) {
      if (!context.watch.note(error)) context.log.warn({ err: error }, 'could not look for keys that ended');
    }
  };
  return {
    start(context) {
      timer = setInterval(() => {
        looking ??= look(context).finally(() => {
          looking = null;
        });
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function stoppedWithin({ db }: Pick<Context, 'db'>, seconds: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    WITH "since" AS (SELECT now()::timestamp(3) - ${seconds}::float8 * INTERVAL '1 second' AS "at")
    SELECT k."id" FROM "ApiKey" k, "since" s
    WHERE k."revokedAt" > s."at" OR (k."expiresAt" > s."at" AND k."expiresAt" <= now())`;
  return rows.map(({ id }) => id);
}

async function endedWithin({ db }: Pick<Context, 'db'>, seconds: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    WITH "since" AS (SELECT now()::timestamp(3) - ${seconds}::float8 * INTERVAL '1 second' AS "at")
    SELECT s."id" FROM "Session" s, "since"
    WHERE s."endedAt" > "since"."at" OR (s."expiresAt" > "since"."at" AND s."expiresAt" <= now())`;
  return rows.map(({ id }) => id);
}
