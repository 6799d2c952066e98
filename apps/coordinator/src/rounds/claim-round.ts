// The lease on closing a round: one closer at a time, replaced when it is heard of no more. The claim
// is a compare-and-set; the commit at the end compares it once more, so that a closer that was taken
// for dead cannot commit after its successor.
import type { Context } from '../context.ts';
import type { RoundModel } from '../generated/prisma/models.ts';
import { moveRound } from './move-round.ts';

const leaseMs = 20_000;

/** The round, for the one who may close it now; null for everybody else. */
export async function claimRound(
  { db, instance }: Pick<Context, 'db' | 'instance'>,
  roundId: string,
): Promise<RoundModel | null> {
  const lease = { closer: instance, closerUntil: new Date(Date.now() + leaseMs) };
  const first = await moveRound(db, roundId, 'collecting', 'aggregating', lease);
  if (!first && !(await takeOver(db, roundId, lease))) return null;
  return db.round.findUniqueOrThrow({ where: { id: roundId } });
}

async function takeOver(
  db: Context['db'],
  id: string,
  lease: { closer: string; closerUntil: Date },
): Promise<boolean> {
  const gone = [{ closerUntil: null }, { closerUntil: { lte: new Date() } }];
  const where = { id, state: 'aggregating' as const, OR: gone };
  return (await db.round.updateMany({ where, data: lease })).count === 1;
}

/** The lease was lost: somebody else closes this round now. */
export class LostClaim extends Error {
  override readonly name = 'LostClaim';
}

/** Called between contributions: renews the lease when half of it is gone; throws LostClaim. */
export function leaseKeeper({ db, instance }: Pick<Context, 'db' | 'instance'>, roundId: string) {
  let renewAt = Date.now() + leaseMs / 2;
  return async () => {
    if (Date.now() < renewAt) return;
    const { count } = await db.round.updateMany({
      where: { id: roundId, state: 'aggregating', closer: instance },
      data: { closerUntil: new Date(Date.now() + leaseMs) },
    });
    if (count === 0) throw new LostClaim(`round ${roundId} was taken over`);
    renewAt = Date.now() + leaseMs / 2;
  };
}

/** Lets the next try begin at once, after an error that may pass. */
export async function releaseClaim(
  { db, instance }: Pick<Context, 'db' | 'instance'>,
  roundId: string,
): Promise<void> {
  await db.round.updateMany({
    where: { id: roundId, state: 'aggregating', closer: instance },
    data: { closerUntil: new Date() },
  });
}

/** At the start on an embedded database no other process can be closing: its leases end now. */
export async function endLeasesOfTheDead({ db }: Pick<Context, 'db'>): Promise<void> {
  await db.round.updateMany({ where: { state: 'aggregating' }, data: { closerUntil: new Date(0) } });
}
