// The number of a group's next round.
import type { Transaction } from '../../sql/transaction.ts';

/**
 * One more than any that was used. Of a database that was put back to an earlier day, behind the lost rounds, and one further: when the
 * last of them was lost, the next may have been open.
 */
export async function nextNumber(
  tx: Pick<Transaction, 'round' | 'lostRound'>,
  groupId: string,
): Promise<number> {
  const [last, lost] = await Promise.all([
    tx.round.aggregate({ where: { groupId }, _max: { number: true } }),
    tx.lostRound.aggregate({ where: { groupId }, _max: { number: true } }),
  ]);
  const used = last._max.number ?? 0;
  return 1 + (lost._max.number === null ? used : Math.max(used, lost._max.number + 1));
}
