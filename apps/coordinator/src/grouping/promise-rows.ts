// Rows of the head for every label of every cluster's members: promised in the transaction that puts members there, and from
// then on part of every next checkpoint (row-plan.ts). A row starts from what most of its members used before.
import { clusterRowName, headPrefix } from '@colora/protocol/clusters/cluster-rows';
import type { Transaction } from '../sql/transaction.ts';

/** A member and the labels it has rows of. */
interface Placing {
  readonly labels: readonly string[];
  /** Where it was before; null for a newcomer. */
  readonly before: number | null;
  readonly cluster: number;
}

/** `version`: of the group's checkpoint. The group's row is locked. */
export async function promiseRows(
  tx: Pick<Transaction, 'clusterRow' | 'taskGroup'>,
  { groupId, version }: { readonly groupId: string; readonly version: number },
  placings: readonly Placing[],
): Promise<void> {
  const rows = await tx.clusterRow.findMany({ where: { groupId } });
  const known = new Map(rows.map((row) => [clusterRowName(row.cluster, row.label), row]));
  const wanted = new Map<string, { cluster: number; label: string; from: number[] }>();
  for (const { labels, before, cluster } of placings) {
    for (const label of labels) {
      const name = clusterRowName(cluster, label);
      if (known.has(name)) continue;
      const row = wanted.get(name) ?? { cluster, label, from: [] };
      if (before !== null) row.from.push(before);
      wanted.set(name, row);
    }
  }
  const startOf = (label: string, from: readonly number[]): string => {
    for (const cluster of byFrequency(from)) {
      const row = known.get(clusterRowName(cluster, label));
      // a row that no checkpoint holds yet starts from where that one does
      if (row !== undefined) return row.version < version ? clusterRowName(cluster, label) : row.start!;
    }
    return headPrefix + label;
  };
  const added = [...wanted.values()].sort((a, b) => a.cluster - b.cluster || (a.label < b.label ? -1 : 1));
  if (added.length === 0) return;
  const data = added.map(({ cluster, label, from }, i) => ({
    ...{ groupId, at: rows.length + i, cluster, label, version },
    start: startOf(label, from),
  }));
  await tx.clusterRow.createMany({ data });
  await tx.taskGroup.update({ where: { id: groupId }, data: { clusterRows: rows.length + added.length } });
}

/** Rows that were promised while a checkpoint was made come into the one after it. `added`: names of those that it has. The group's row is locked. */
export async function putOffRows(
  tx: Pick<Transaction, 'clusterRow'>,
  { groupId, version }: { readonly groupId: string; readonly version: number },
  added: readonly string[],
): Promise<void> {
  const rows = await tx.clusterRow.findMany({ where: { groupId, version: version - 1 } });
  const late = rows.filter(({ cluster, label }) => !added.includes(clusterRowName(cluster, label)));
  if (late.length === 0) return;
  const where = { groupId, at: { in: late.map(({ at }) => at) } };
  await tx.clusterRow.updateMany({ where, data: { version } });
}

/** The most frequent first, of equal ones the lowest. */
function byFrequency(numbers: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b).map(([number]) => number);
}
