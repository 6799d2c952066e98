// The clusters of a group as operators see them: who is in which, how alike their probes are, who would belong together,
// and what changed when.
import { regroup } from '@colora/aggregation/clusters/regroup';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { ClustersView } from '@colora/protocol/clusters/clusters';
import { findGroup } from '../access/find-group.ts';
import { settingsOf } from '../access/stored-settings.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import { likenessOfMembers, standing, togetherOf } from '../grouping/compare-members.ts';
import { type PlacedMember, readMembers } from '../grouping/group-members.ts';
import type { Call, Result } from '../http/call.ts';

/** A matrix of more people is nothing to look at, and comparing them is work. */
const mostShown = 200;
const mostChanges = 20;

export async function showClusters(
  context: Context,
  { params }: Call<'showClusters'>,
): Promise<Result<'showClusters'>> {
  return viewClusters(context, await findGroup(context, params.group));
}

export async function viewClusters(context: Context, group: TaskGroupModel): Promise<ClustersView> {
  const { id: groupId } = group;
  const members = await readMembers(context.db, groupId);
  const clusters = await context.db.cluster.findMany({ where: { groupId } });
  const known = new Map(clusters.map((cluster) => [cluster.number, cluster]));
  return {
    mode: clustersOf(settingsOf(group)),
    clusters: standing(members).map((unit) => ({
      cluster: unit.cluster!,
      name: known.get(unit.cluster!)?.name ?? null,
      parent: known.get(unit.cluster!)?.parent ?? null,
      members: namesOf(unit.members),
    })),
    unplaced: namesOf(members.filter(({ cluster }) => cluster === null)),
    waiting: waitingOf(group, members),
    ...(await compared(context, groupId, members)),
    history: await readHistory(context, groupId),
  };
}

const namesOf = (members: readonly PlacedMember[]) => members.map(({ name }) => name).sort();

function waitingOf({ wantedClusters }: TaskGroupModel, members: readonly PlacedMember[]): string[][] | null {
  if (wantedClusters === null) return null;
  const byId = new Map(members.map(({ participantId, name }) => [participantId, name]));
  const lists = (wantedClusters as string[][]).map((ids) => ids.flatMap((id) => byId.get(id) ?? []).sort());
  const still = lists.filter((names) => names.length > 0); // not those of whom nobody is left
  return still.length === 0 ? null : still;
}

async function compared(
  context: Context,
  groupId: string,
  all: readonly PlacedMember[],
): Promise<Pick<ClustersView, 'matrix' | 'proposal'>> {
  if (all.length > Math.min(mostShown, togetherOf(all))) return { matrix: null, proposal: null };
  const likeness = await likenessOfMembers(context, groupId, all);
  const found = regroup(
    all.map(({ cluster }) => cluster),
    likeness,
  );
  const order = [...all.keys()].sort((a, b) => (all[a]!.name < all[b]!.name ? -1 : 1));
  const rounded = (value: number) => (Number.isNaN(value) ? null : Math.round(value * 1e4) / 1e4);
  return {
    proposal: found.map(({ members }) => namesOf(members.map((place) => all[place]!))),
    matrix: {
      participants: order.map((place) => all[place]!.name),
      values: order.map((i) => order.map((j) => rounded(likeness.between(i, j)))),
    },
  };
}

async function readHistory({ db }: Context, groupId: string): Promise<ClustersView['history']> {
  const rows = await db.clustering.findMany({
    where: { groupId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: mostChanges,
  });
  return rows.map(({ round, createdAt, cause, clusters, moved }) => ({
    ...{ round, cause, moved },
    at: createdAt.toISOString(),
    clusters: Object.keys(clusters as object).length,
  }));
}
