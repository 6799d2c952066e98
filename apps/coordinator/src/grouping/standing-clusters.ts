// The clusters that a group's members were in when these last changed. Rows of the others stay in every checkpoint.
import type { Transaction } from '../sql/transaction.ts';

/** In order; null before anybody was placed. */
export async function standingClusters(
  db: Pick<Transaction, '$queryRaw'>,
  groupId: string,
): Promise<number[] | null> {
  const [last] = await db.$queryRaw<{ numbers: number[] }[]>`
    SELECT ARRAY(SELECT k::int FROM jsonb_object_keys(c."clusters") AS k ORDER BY 1) AS "numbers"
    FROM "Clustering" c WHERE c."groupId" = ${groupId} ORDER BY c."createdAt" DESC, c."id" DESC LIMIT 1`;
  return last?.numbers ?? null;
}
