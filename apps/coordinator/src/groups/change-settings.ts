// An admin changes who may join a group and its settings. When which field takes effect is the protocol's field guide; what
// waits for the live round to be over is put in effect by rounds/next-settings.ts.
import { ProblemError } from '@colora/protocol/problems';
import {
  changesOfTerms,
  changeWords,
  type GroupTerms,
  settingsAtOnce,
} from '@colora/protocol/settings/changes';
import { guideOf } from '@colora/protocol/settings/field-guide';
import { DbNull } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { findGroup } from '../access/find-group.ts';
import { viewGroup } from '../access/group-view.ts';
import { nextSettingsOf, settingsOf, storedSettings } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import { lockGroup } from '../grouping/regroup-members.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { withBudget } from '../privacy/settle-budget.ts';
import type { Transaction } from '../sql/transaction.ts';

type Change = Result<'changeSettings'>['changes'][number];

export async function changeSettings(
  context: Context,
  { params, body, caller }: Call<'changeSettings'>,
): Promise<Result<'changeSettings'>> {
  const { id: groupId, name } = await findGroup(context, params.group);
  const { changes, fromRound } = await context.db.$transaction(async (tx) => {
    await lockGroup(tx, groupId); // no round opens meanwhile
    const group = await tx.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
    const now = termsOf(group);
    if (body.seen !== undefined) assertAsSeen(name, body.seen, now);
    const wanted = { access: body.access ?? now.access, settings: withBudget(body.settings) };
    const changes = changesOfTerms(now, wanted);
    const last = await tx.round.findFirst({ where: { groupId }, orderBy: { number: 'desc' } });
    const isLive = last !== null && (last.state === 'collecting' || last.state === 'aggregating');
    const fromRound = (last?.number ?? 0) + 1;
    if (body.check !== true && changes.length > 0) {
      assertChangeable(group, changes);
      await store(tx, group, { wanted, isLive, changes, fromRound }, caller);
    }
    return { changes, fromRound };
  });
  const group = await findGroup(context, params.group);
  if (body.check !== true && changes.length > 0) {
    context.hints.tell(groupId, 'group:changed', { group: name, state: group.state });
    context.nudge(groupId);
  }
  return { group: await viewGroup(context, group, caller), changes, fromRound };
}

/** With what waits for the live round to be over. */
function termsOf(group: TaskGroupModel): GroupTerms {
  return { access: group.access, settings: nextSettingsOf(group) ?? settingsOf(group) };
}

/** Two admins at once: the second one hears what the first one did. */
function assertAsSeen(name: string, seen: GroupTerms, now: GroupTerms): void {
  const since = changesOfTerms(seen, now).map(changeWords);
  if (since.length === 0) return;
  throw new ProblemError(
    'settings-changed',
    `${name} was changed since you looked: ${since.join('; ')}. Look at it again, and change what you still want to`,
  );
}

function assertChangeable(group: TaskGroupModel, changes: readonly Change[]): void {
  const fixed = changes.filter(({ when }) => when === 'never');
  if (fixed.length > 0) {
    const told = fixed.map((change) => `${changeWords(change)} (${guideOf(change.path).because})`);
    throw new ProblemError(
      'invalid-settings',
      `can’t change after creation: ${told.join('; ')}: make a new group`,
    );
  }
  const count = changes.find(({ path }) => path === 'rounds.count');
  if (count === undefined) return;
  if (group.state === 'completed')
    throw new ProblemError(
      'wrong-group-state',
      `rounds.count: ${group.name} is completed, and goes on when it is extended (colora groups extend)`,
    );
  if (Number(count.after) <= group.committedRounds)
    throw new ProblemError(
      'invalid-settings',
      `rounds.count: ${group.committedRounds} rounds of ${group.name} are committed: give more of them, or end it (colora groups end)`,
    );
}

interface Wanted {
  readonly wanted: GroupTerms;
  readonly isLive: boolean;
  readonly changes: readonly Change[];
  readonly fromRound: number;
}

async function store(
  tx: Transaction,
  group: TaskGroupModel,
  { wanted, isLive, changes, fromRound }: Wanted,
  by: Caller,
): Promise<void> {
  const { access, settings } = wanted;
  const atOnce = isLive ? settingsAtOnce(settingsOf(group), settings) : settings;
  const waits = changesOfTerms({ access, settings: atOnce }, wanted).length > 0;
  await tx.taskGroup.update({
    where: { id: group.id },
    data: {
      ...{ access, ...storedSettings(atOnce), settingsVersion: { increment: 1 } },
      nextSettings: waits ? settings : DbNull,
    },
  });
  const valuesOf = (side: 'before' | 'after') =>
    Object.fromEntries(changes.map((change) => [change.path, change[side]])) as Prisma.InputJsonObject;
  const detail = { fields: changes.length, ...(waits ? { fromRound } : {}) };
  const changed = { before: valuesOf('before'), after: valuesOf('after') };
  await audit(tx, { kind: 'settings-changed', by, groupId: group.id, detail, ...changed });
}
