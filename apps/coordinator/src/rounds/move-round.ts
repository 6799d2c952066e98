// Moves a round from one state to another by compare-and-set: of several who try, one succeeds.
import type { RoundState } from '@colora/protocol/entities';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Transaction } from '../sql/transaction.ts';
import { mayMove } from './round-states.ts';

/** True for the one who moved it. `guard` narrows the compare, `set` goes along with the state. */
export async function moveRound(
  db: Pick<Transaction, 'round'>,
  id: string,
  from: RoundState,
  to: RoundState,
  set: Prisma.RoundUpdateManyMutationInput = {},
  guard: Prisma.RoundWhereInput = {},
): Promise<boolean> {
  if (!mayMove(from, to)) throw new Error(`a round does not go from ${from} to ${to}`);
  const { count } = await db.round.updateMany({
    where: { ...guard, id, state: from },
    data: { ...set, state: to },
  });
  return count === 1;
}
