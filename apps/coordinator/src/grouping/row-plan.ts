// The schema of a group whose clusters come about while it trains: a checkpoint's tensors and, behind them, rows of clusters
// that it lacks and the next one will have. Rows are promised (promise-rows.ts) before anybody may contribute to them, and
// never taken back.
import { clusterRowName, clusterRowOf, isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import type { BlobSize } from '../blobs/blob-store.ts';
import type { AddedTensor, CheckpointPlan, PlanCache } from '../checkpoints/checkpoint-plan.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Transaction } from '../sql/transaction.ts';

interface ClusterFacts {
  readonly id: string;
  /** How many rows it has promised; 0 without clusters. */
  readonly clusterRows: number;
}

export async function clusterFacts(
  db: Pick<Transaction, 'taskGroup'>,
  groupId: string,
): Promise<ClusterFacts> {
  const select = { id: true, clusterRows: true };
  return db.taskGroup.findUniqueOrThrow({ where: { id: groupId }, select });
}

/** Of contributions made at a checkpoint of the group, and of the checkpoint that comes of them. */
export function nextPlan(
  { plans, db }: { readonly plans: PlanCache; readonly db: PrismaClient },
  { id: groupId, clusterRows }: ClusterFacts,
  checkpoint: BlobSize,
): Promise<CheckpointPlan> {
  return plans.readWith(checkpoint, clusterRows, async (plan): Promise<AddedTensor[]> => {
    const shape = rowShape(plan);
    const rows = await db.clusterRow.findMany({
      where: { groupId, at: { lt: clusterRows } },
      orderBy: { at: 'asc' },
    });
    return rows.map(({ cluster, label, start }) => ({ name: clusterRowName(cluster, label), shape, start }));
  });
}

/** [F + 1]; of a checkpoint that a group with clusters was given. */
export function rowShape({ tensors }: Pick<CheckpointPlan, 'tensors'>): readonly number[] {
  const row = tensors.find(({ name }) => isHeadRow(name) && clusterRowOf(name) === null);
  if (row === undefined) throw new Error('a checkpoint without any row of a head');
  return row.shape;
}
