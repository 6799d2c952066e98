// Which way hints take to sockets that are open at another coordinator: by Redis where one is configured, else by
// Postgres itself. The embedded database serves one process, which needs neither.
import type { Logger } from 'pino';
import type { FanOut } from './fan-out.ts';
import { openPostgresFanOut } from './postgres-fan-out.ts';

interface FanOutOptions {
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly log: Logger;
}

/** Never throws: what cannot be reached is tried again for as long as it takes. */
export async function openFanOut({ databaseUrl, redisUrl, log }: FanOutOptions): Promise<FanOut | null> {
  if (databaseUrl === undefined) return null;
  if (redisUrl === undefined) return openPostgresFanOut(databaseUrl, log);
  const { openRedisFanOut } = await import('./redis-fan-out.ts'); // few have a Redis
  return openRedisFanOut(redisUrl, log);
}
