// Clusters are made anew when members with probes have come or gone, or an admin asked for it: planned before a round opens,
// and done in the very transaction that opens it. In between nobody moves.
import type { ClusterMode } from '@colora/protocol/cluster-mode';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { DbNull } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { audit } from '../audit.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Transaction } from '../sql/transaction.ts';
import { alikeUnits, nearestByProbe, saidUnits } from './compare-members.ts';
import { nameMembers, readMembers } from './group-members.ts';
import { promiseRows } from './promise-rows.ts';
import { roomForClusters, withinRoom } from './room-for-clusters.ts';
import type { Unit } from './units.ts';

export interface Regrouping {
  /** Of whom it was made. */
  readonly from: string;
  /** Null: all stays as it is. */
  readonly units: readonly Unit[] | null;
  readonly cause: string;
}

/** Members came or went between plan and transaction: it is planned anew. */
export class MembersChanged extends Error {
  override readonly name = 'MembersChanged';
}

type Wanted = readonly (readonly string[])[];

/** Null where the group has no clusters. */
export async function planRegrouping(
  context: { readonly db: PrismaClient },
  groupId: string,
  settings: TaskSettings,
): Promise<Regrouping | null> {
  const mode = clustersOf(settings);
  if (mode === 'off') return null;
  const select = { groupedFrom: true, wantedClusters: true };
  const group = await context.db.taskGroup.findUniqueOrThrow({ where: { id: groupId }, select });
  const members = await readMembers(context.db, groupId);
  const wanted = group.wantedClusters as Wanted | null;
  const from = nameMembers(members, wanted);
  const isSame = from === group.groupedFrom && members.every(({ cluster }) => cluster !== null);
  if (isSame || members.length === 0) return { from, units: null, cause: '' };
  const found =
    wanted === null && mode === 'auto'
      ? await alikeUnits(context, groupId, members)
      : await saidUnits(context, groupId, members, wanted);
  const room = roomForClusters(settings, members, await context.db.cluster.count({ where: { groupId } }));
  const units = await withinRoom(found, room, nearestByProbe(context, groupId));
  return { from, units, cause: wanted === null ? causes[mode] : 'an admin said so' };
}

const causes: Record<Exclude<ClusterMode, 'off'>, string> = {
  auto: 'members came or went',
  fixed: 'newcomers joined fixed clusters',
};

/** In the transaction that opens round `round` at checkpoint `version`. Throws MembersChanged. */
export async function regroupMembers(
  tx: Transaction,
  { groupId, round, version }: { readonly groupId: string; readonly round: number; readonly version: number },
  { from, units, cause }: Regrouping,
): Promise<void> {
  const { wantedClusters } = await lockGroup(tx, groupId);
  const now = await readMembers(tx, groupId);
  if (nameMembers(now, wantedClusters) !== from) throw new MembersChanged();
  if (units === null) return;
  const numbered = await withNumbers(tx, groupId, units);
  const placings = numbered.flatMap(({ cluster, members }) =>
    members.map((member) => ({ ...member, before: member.cluster, cluster })),
  );
  await promiseRows(tx, { groupId, version }, placings);
  for (const { cluster, members } of numbered) {
    const ids = members.flatMap((member) => (member.cluster === cluster ? [] : [member.participantId]));
    if (ids.length === 0) continue;
    await tx.membership.updateMany({ where: { groupId, participantId: { in: ids } }, data: { cluster } });
  }
  const data = { groupedFrom: nameMembers(now, null), wantedClusters: DbNull };
  await tx.taskGroup.update({ where: { id: groupId }, data });
  const moved = placings.filter(({ before, cluster }) => before !== null && before !== cluster).length;
  const came = placings.filter(({ before }) => before === null).length;
  if (moved + came === 0) return;
  await noteClustering(tx, { groupId, round, moved, cause });
  const detail = { cause, clusters: numbered.length, moved, came };
  await audit(tx, { kind: 'clusters-changed', groupId, detail });
}

export type LockedGroup = Pick<TaskGroupModel, 'id' | 'checkpointVersion' | 'wantedClusters' | 'settings'>;

/** Those who place members wait for each other; who only reads the group, or counts in it, doesn't. */
export async function lockGroup(
  tx: Pick<Transaction, '$queryRaw' | 'taskGroup'>,
  groupId: string,
): Promise<LockedGroup> {
  await tx.$queryRaw`SELECT 1 FROM "TaskGroup" WHERE "id" = ${groupId} FOR NO KEY UPDATE`;
  const select = { id: true, checkpointVersion: true, wantedClusters: true, settings: true };
  return tx.taskGroup.findUniqueOrThrow({ where: { id: groupId }, select });
}

/** Who belongs together now, into the history. */
export async function noteClustering(
  tx: Pick<Transaction, 'membership' | 'clustering'>,
  {
    groupId,
    ...note
  }: { readonly groupId: string; readonly round: number; readonly moved: number; readonly cause: string },
): Promise<void> {
  const members = await tx.membership.findMany({
    where: { groupId, cluster: { not: null }, endedAt: null },
    select: { participantId: true, cluster: true },
    orderBy: { participantId: 'asc' },
  });
  const clusters: Record<string, string[]> = {};
  for (const { participantId, cluster } of members)
    clusters[String(cluster)] = [...(clusters[String(cluster)] ?? []), participantId];
  await tx.clustering.create({ data: { groupId, ...note, clusters } });
}

type Numbered = Unit & { readonly cluster: number };

/** New clusters get numbers that none had, in the order of the units. */
async function withNumbers(tx: Transaction, groupId: string, units: readonly Unit[]): Promise<Numbered[]> {
  let next = await nextClusterNumber(tx, groupId);
  const numbered = units.map((unit) => ({ ...unit, cluster: unit.cluster ?? next++ }));
  const data = numbered.flatMap(({ cluster: number, parent }, at) =>
    units[at]!.cluster === null ? [{ groupId, number, parent }] : [],
  );
  await tx.cluster.createMany({ data });
  return numbered;
}

export async function nextClusterNumber(tx: Pick<Transaction, 'cluster'>, groupId: string): Promise<number> {
  const last = await tx.cluster.aggregate({ where: { groupId }, _max: { number: true } });
  return (last._max.number ?? 0) + 1;
}
