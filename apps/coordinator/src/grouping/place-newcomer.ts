// A member whose probe is there and who isn't placed yet: it finds its cluster at once where a round is under way, or else waits for
// the next one to open (regroup-members.ts), in which nobody else moves either.
import { nearestCluster } from '@colora/aggregation/clusters/regroup';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Transaction } from '../sql/transaction.ts';
import { cosinesWith, standing } from './compare-members.ts';
import { readMembers } from './group-members.ts';
import { promiseRows } from './promise-rows.ts';
import { nextClusterNumber, noteClustering } from './regroup-members.ts';
import { roomForClusters } from './room-for-clusters.ts';

/** Locked, and read since. */
interface PlacingGroup {
  readonly id: string;
  readonly checkpointVersion: number | null;
  readonly settings: TaskSettings;
}

interface Newcomer {
  readonly participantId: string;
  /** Of its probe. */
  readonly labels: readonly string[];
}

/** The cluster that it is like, or one of its own where there is room; null until a round opens. */
export async function placeNow(
  tx: Transaction,
  group: PlacingGroup,
  newcomer: Newcomer,
): Promise<number | null> {
  const round = await lockLive(tx, group.id);
  return round === null ? null : await place(tx, { ...group, round }, newcomer);
}

/** Who left before it was placed and comes again, with the probe of before: it isn't sent another time. */
export async function placeReturned(
  tx: Transaction,
  group: PlacingGroup,
  participantId: string,
): Promise<void> {
  const where = { groupId_participantId: { groupId: group.id, participantId } };
  const probe = await tx.probe.findUnique({ where, select: { labels: true } });
  if (probe === null) return;
  await tx.membership.update({ where, data: { awaitsProbe: false } });
  await placeNow(tx, group, { participantId, labels: probe.labels });
}

/** The number of the round that collects, which doesn't begin to aggregate before this transaction ends; null where none does. */
async function lockLive(tx: Transaction, groupId: string): Promise<number | null> {
  const [live] = await tx.$queryRaw<{ number: number }[]>`
    SELECT "number" FROM "Round" WHERE "groupId" = ${groupId} AND "state" = 'collecting' FOR NO KEY UPDATE`;
  return live?.number ?? null;
}

async function place(
  tx: Transaction,
  { id: groupId, round, settings, checkpointVersion }: PlacingGroup & { readonly round: number },
  { participantId, labels }: Newcomer,
): Promise<number> {
  const members = await readMembers(tx, groupId);
  const units = standing(members);
  const clusters = new Map(units.map((unit) => [unit.cluster!, unit]));
  const cosines = await cosinesWith(tx, groupId, participantId, clusters);
  const room = roomForClusters(settings, members, await tx.cluster.count({ where: { groupId } }));
  const found = nearestCluster(cosines, { always: clustersOf(settings) === 'fixed' || room <= 0 });
  const cluster = found ?? (await nextClusterNumber(tx, groupId));
  if (found === null) await tx.cluster.create({ data: { groupId, number: cluster } });
  const where = { groupId_participantId: { groupId, participantId } };
  await tx.membership.update({ where, data: { cluster } });
  await promiseRows(tx, { groupId, version: checkpointVersion! }, [{ labels, before: null, cluster }]);
  await noteClustering(tx, { groupId, round, moved: 0, cause: 'a member came' });
  return cluster;
}
