// A task group as people see it: with its members counted and its latest checkpoint.
import { epsilonSpent } from '@colora/privacy/accounting/spending';
import type { TaskGroup } from '@colora/protocol/entities';
import { readWaiting } from '../asks/waiting.ts';
import { checkpointView } from '../checkpoints/checkpoint-view.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Caller } from '../keys/key-ring.ts';
import { memberSpending, readBudget } from '../privacy/ledger.ts';
import { readClock } from '../sql/database-clock.ts';
import { nextSettingsOf, settingsOf } from './stored-settings.ts';

/** Some queries, however many groups. `caller`: null for a newcomer. */
export async function viewGroups(
  { db }: Pick<Context, 'db'>,
  groups: readonly TaskGroupModel[],
  caller: Caller | null,
): Promise<TaskGroup[]> {
  const now = await readClock(db);
  const groupId = { in: groups.map(({ id }) => id) };
  const named = caller !== null && caller.participantId === null;
  const [waiting, members, online, checkpoints] = await Promise.all([
    readWaiting(db, groupId.in, { now, named }),
    db.membership.groupBy({ by: 'groupId', where: { groupId, endedAt: null }, _count: true }),
    db.membership.groupBy({
      by: 'groupId',
      where: { groupId, onlineUntil: { gt: now } },
      _count: true,
    }),
    db.checkpoint.findMany({
      where: {
        OR: groups
          .filter(({ checkpointVersion }) => checkpointVersion !== null)
          .map(({ id, checkpointVersion }) => ({ groupId: id, version: checkpointVersion ?? 0 })),
      },
      include: { blob: true },
    }),
  ]);
  const budgets = new Map(
    await Promise.all(groups.map(async (group) => [group.id, await viewBudget(db, group, caller)] as const)),
  );
  const countIn = (rows: typeof members, id: string) => rows.find((row) => row.groupId === id)?._count ?? 0;
  return groups.map((group) => {
    const checkpoint = checkpoints.find((row) => row.groupId === group.id);
    return {
      name: group.name,
      state: group.state,
      access: group.access,
      settings: settingsOf(group),
      nextSettings: nextSettingsOf(group),
      settingsVersion: group.settingsVersion,
      revision: group.revision,
      members: countIn(members, group.id),
      online: countIn(online, group.id),
      committedRounds: group.committedRounds,
      pausedReason: group.pausedReason,
      waiting: waiting.get(group.id) ?? null,
      endedReason: group.endedReason,
      bestVersion: group.bestVersion,
      privacy: budgets.get(group.id) ?? null,
      checkpoint: checkpoint === undefined ? null : checkpointView(checkpoint),
      createdAt: group.createdAt.toISOString(),
    };
  });
}

async function viewBudget(
  db: Context['db'],
  group: TaskGroupModel,
  caller: Caller | null,
): Promise<TaskGroup['privacy']> {
  const settings = settingsOf(group);
  const budget = await readBudget(db, group.id, settings);
  if (budget === null) return null;
  const { epsilon, delta, spent, lost: lostRounds } = budget;
  const participantId = caller?.participantId ?? null;
  const own =
    participantId === null
      ? null
      : epsilonSpent(await memberSpending(db, { groupId: group.id, participantId }, settings), delta);
  return { epsilon, delta, spent, own, lostRounds };
}

export async function viewGroup(
  context: Pick<Context, 'db'>,
  group: TaskGroupModel,
  caller: Caller | null,
): Promise<TaskGroup> {
  const [view] = await viewGroups(context, [group], caller);
  if (view === undefined) throw new Error(`group ${group.id} has no view`);
  return view;
}
