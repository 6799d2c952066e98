// The lease on closing a round: one closer at a time, replaced when it is heard of no more. The claim
// is a compare-and-set; the commit at the end compares it once more, so that a closer that was taken
// for dead cannot commit after its successor.
import type { Context } from '../../context.ts';
import type { RoundModel } from '../../generated/prisma/models.ts';
import { readClock, secondsAfter } from '../../sql/database-clock.ts';
import { moveRound } from '../move-round.ts';

const leaseSeconds = 20;

/** The round, for the one who may close it now; null for everybody else. */
export async function claimRound(
  { db, instance }: Pick<Context, 'db' | 'instance'>,
  roundId: string,
): Promise<RoundModel | null> {
  const now = await readClock(db);
  const lease = { closer: instance, closerUntil: secondsAfter(now, leaseSeconds) };
  const first = await moveRound(db, roundId, { from: 'collecting', to: 'aggregating', set: lease });
  if (!first && !(await takeOver(db, roundId, lease, now))) return null;
  return db.round.findUniqueOrThrow({ where: { id: roundId } });
}

async function takeOver(
  db: Context['db'],
  id: string,
  lease: { closer: string; closerUntil: Date },
  now: Date,
): Promise<boolean> {
  const gone = [{ closerUntil: null }, { closerUntil: { lte: now } }];
  const where = { id, state: 'aggregating' as const, OR: gone };
  return (await db.round.updateMany({ where, data: lease })).count === 1;
}

/** The lease was lost: somebody else closes this round now. */
export class LostClaim extends Error {
  override readonly name = 'LostClaim';
}

/** Called between contributions: renews the lease when half of it is gone; throws LostClaim. */
export function leaseKeeper({ db, instance }: Pick<Context, 'db' | 'instance'>, roundId: string) {
  const half = leaseSeconds * 500; // ms, on a clock that only goes on
  let renewAt = performance.now() + half;
  return async () => {
    if (performance.now() < renewAt) return;
    renewAt = performance.now() + half;
    const { count } = await db.round.updateMany({
      where: { id: roundId, state: 'aggregating', closer: instance },
      data: { closerUntil: secondsAfter(await readClock(db), leaseSeconds) },
    });
    if (count === 0) throw new LostClaim(`round ${roundId} was taken over`);
  };
}

/** Lets the next try begin at once, after an error that may pass. */
export async function releaseClaim(
  { db, instance }: Pick<Context, 'db' | 'instance'>,
  roundId: string,
): Promise<void> {
  await db.round.updateMany({
    where: { id: roundId, state: 'aggregating', closer: instance },
    data: { closerUntil: null },
  });
}

/** At the start on an embedded database no other process can be closing: its leases end now. */
export async function endLeasesOfTheDead({ db }: Pick<Context, 'db'>): Promise<void> {
  await db.round.updateMany({ where: { state: 'aggregating' }, data: { closerUntil: new Date(0) } });
}
