// The one clock that leases, deadlines and presence go by: the database's. Coordinators on one database may
// disagree about the time of day by any amount and still agree about what is late.
import type { Transaction } from './transaction.ts';

/** The database's time now; inside a transaction, the time it began. */
export async function readClock(db: Pick<Transaction, '$queryRaw'>): Promise<Date> {
  const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT now() AS "now"`;
  if (row === undefined) throw new Error('the database told no time');
  return row.now;
}

export function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}

/** What the database's clock shows later on, after it was read just now: without asking it again. */
export function clockFrom(now: Date): () => Date {
  const began = performance.now();
  return () => new Date(now.getTime() + performance.now() - began);
}
