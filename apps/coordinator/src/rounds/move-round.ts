// Moves a round from one state to another by compare-and-set: of several who try, one succeeds.
import type { RoundState } from '@colora/protocol/entities';
import type { Prisma } from '../generated/prisma/client.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { mayMove } from './round-states.ts';

interface Move {
  readonly from: RoundState;
  readonly to: RoundState;
  /** Goes along with the state. */
  readonly set?: Prisma.RoundUpdateManyMutationInput;
  /** Narrows the compare. */
  readonly only?: Prisma.RoundWhereInput;
}

/** True for the one who moved it. */
export async function moveRound(
  db: Pick<Transaction, 'round' | '$queryRaw'>,
  id: string,
  { from, to, set, only }: Move,
): Promise<boolean> {
  if (!mayMove(from, to)) throw new Error(`a round does not go from ${from} to ${to}`);
  const failed = to === 'failed' ? { failedAt: await readClock(db) } : {};
  const { count } = await db.round.updateMany({
    where: { ...only, id, state: from },
    data: { ...set, ...failed, state: to },
  });
  return count === 1;
}
