// Task groups over REST: create, list, show, start, pause. Joining and inviting have files of their own.
import { folderForm } from '@colora/protocol/bounds/names';
import type { GroupState } from '@colora/protocol/entities';
import { ProblemError } from '@colora/protocol/problems';
import { settledSettings } from '@colora/protocol/task-settings';
import { findGroup, shownTo } from '../access/find-group.ts';
import { viewGroup, viewGroups } from '../access/group-view.ts';
import { settingsOf, storedSettings } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { byName, byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { withBudget } from '../privacy/settle-budget.ts';
import { unknownGroup } from '../refusals.ts';
import { readClock } from '../sql/database-clock.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import { giveTimeAgain } from '../step-times.ts';
import { planGroup } from './plan-group.ts';

export async function createGroup(
  context: Context,
  { body, query, caller }: Call<'createGroup'>,
): Promise<Result<'createGroup'>> {
  if (query['dry-run']) return await tryGroup(context, { body });
  const settings = withBudget(settledSettings(body.settings));
  try {
    const group = await context.db.$transaction(async (tx) => {
      await assertOwnFolder(tx, body.name);
      const created = await tx.taskGroup.create({
        data: { name: body.name, access: body.access, ...storedSettings(settings) },
      });
      await audit(tx, {
        ...{ kind: 'group-created', by: caller, groupId: created.id },
        after: { name: body.name, access: body.access },
      });
      return created;
    });
    return await viewGroup(context, group, caller);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw nameTaken(body.name);
  }
}

const nameTaken = (name: string) => new ProblemError('name-taken', `a task group is already called ${name}`);

/** The group as it would be created, and what it would mean. Nothing is written. */
async function tryGroup(
  context: Context,
  { body }: Pick<Call<'createGroup'>, 'body'>,
): Promise<Result<'createGroup'>> {
  const { name, access } = body;
  const settings = withBudget(settledSettings(body.settings));
  if ((await context.db.taskGroup.count({ where: { name } })) > 0) throw nameTaken(name);
  await assertOwnFolder(context.db, name);
  const now = await readClock(context.db);
  return {
    ...{ name, access, settings, state: 'draft', revision: 0, members: 0, online: 0, committedRounds: 0 },
    ...{
      pausedReason: null,
      waiting: null,
      endedReason: null,
      bestVersion: null,
      privacy: null,
      checkpoint: null,
    },
    createdAt: now.toISOString(),
    plan: await planGroup(context, settings, body.announced),
  };
}

/** On some members' disks two groups of one form would be one folder. */
async function assertOwnFolder(tx: Pick<Context['db'], 'taskGroup'>, name: string): Promise<void> {
  const groups = await tx.taskGroup.findMany({ select: { name: true } });
  const twin = groups.find((group) => group.name !== name && folderForm(group.name) === folderForm(name));
  if (twin === undefined) return;
  throw new ProblemError(
    'name-taken',
    `${name} and the task group ${twin.name} would be one folder on the disks of some members`,
  );
}

const groupOrders = { name: byName('name'), ...byTime };

export async function listGroups(
  context: Context,
  { query, caller }: Call<'listGroups'>,
): Promise<Result<'listGroups'>> {
  const { state } = query;
  const where = { AND: [shownTo(caller), state === undefined ? {} : { state }] };
  const { rows, ...turning } = await readPage(query, {
    name: 'listGroups',
    order: groupOrders[query.sort],
    find: ({ where: after, ...part }) =>
      context.db.taskGroup.findMany({ where: { AND: [where, after] }, ...part }),
    count: (take) => context.db.taskGroup.count({ where, take }),
  });
  return { items: await viewGroups(context, rows, caller), ...turning };
}

export async function showGroup(
  context: Context,
  { params, caller }: Call<'showGroup'>,
): Promise<Result<'showGroup'>> {
  const group = await context.db.taskGroup.findFirst({
    where: { AND: [{ name: params.group }, shownTo(caller)] },
  });
  if (group === null) throw unknownGroup(params.group);
  return viewGroup(context, group, caller);
}

export async function startGroup(
  context: Context,
  { params, caller }: Call<'startGroup'>,
): Promise<Result<'startGroup'>> {
  const group = await findGroup(context, params.group);
  if (group.state === 'draft') {
    throw new ProblemError(
      'wrong-group-state',
      `${group.name} is a draft: upload its initial checkpoint first`,
    );
  }
  if (group.state !== 'running') context.room.assertRoom();
  const moved = await moveGroup(context, group, { from: ['ready', 'paused'], to: 'running', by: caller });
  if (moved) {
    await giveTimeAgain(context, { groupId: group.id, settings: settingsOf(group) });
    context.nudge(group.id);
  }
  return viewGroup(context, await findGroup(context, params.group), caller);
}

export async function pauseGroup(
  context: Context,
  { params, caller }: Call<'pauseGroup'>,
): Promise<Result<'pauseGroup'>> {
  const group = await findGroup(context, params.group);
  await moveGroup(context, group, { from: ['running'], to: 'paused', by: caller });
  return viewGroup(context, await findGroup(context, params.group), caller);
}

/** Compare-and-set of the group's state; false when it is there already, a problem from elsewhere. */
async function moveGroup(
  { db, hints }: Context,
  group: TaskGroupModel,
  { from, to, by }: { from: readonly GroupState[]; to: 'running' | 'paused'; by: Caller },
): Promise<boolean> {
  const moved = await db.$transaction(async (tx) => {
    const where = { id: group.id, state: { in: [...from] } };
    const { count } = await tx.taskGroup.updateMany({
      where,
      data: { state: to, pausedReason: to === 'running' ? null : `paused by ${by.name}` },
    });
    if (count === 0) return false;
    const kind = to === 'running' ? 'group-started' : 'group-paused';
    await audit(tx, { kind, by, groupId: group.id, before: { state: group.state }, after: { state: to } });
    return true;
  });
  if (moved) hints.tell(group.id, 'group:changed', { group: group.name, state: to });
  else if ((await findGroup({ db }, group.name)).state !== to) {
    const verb = to === 'running' ? 'started' : 'paused';
    const mend = to === 'running' && group.state === 'completed' ? ': extend it by more rounds' : '';
    throw new ProblemError(
      'wrong-group-state',
      `${group.name} is ${group.state} and cannot be ${verb}${mend}`,
    );
  }
  return moved;
}
