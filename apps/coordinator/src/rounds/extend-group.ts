// Ending a group before its rounds are over, and giving it more of them, or more time for the live one and those to come.
import { ProblemError } from '@colora/protocol/problems';
import { findGroup } from '../access/find-group.ts';
import { viewGroup } from '../access/group-view.ts';
import { changedSettings, settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { readBudget, spentReason } from '../privacy/ledger.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { cancelLive } from './cancel-round.ts';

/** Repeatable. A round that aggregates is still committed. */
export async function endGroup(
  context: Context,
  { params, caller }: Call<'endGroup'>,
): Promise<Result<'endGroup'>> {
  const group = await findGroup(context, params.group);
  if (group.state === 'draft') {
    throw new ProblemError('wrong-group-state', `${group.name} is a draft: it has nothing to end`);
  }
  const groupId = group.id;
  const ended = await context.db.$transaction(async (tx) => {
    const where = { id: groupId, state: { not: 'completed' as const } };
    const endedReason = `ended by ${caller.name}`;
    const { state } = await tx.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
    const data = { state: 'completed' as const, endedReason, pausedReason: null };
    if ((await tx.taskGroup.updateMany({ where, data })).count === 0) return false;
    const live = await tx.round.findFirst({ where: { groupId, state: 'collecting' } });
    if (live !== null) await cancelLive(tx, live, caller);
    const detail = { reason: endedReason };
    const changed = { before: { state }, after: { state: 'completed' } };
    await audit(tx, { kind: 'group-completed', by: caller, groupId, detail, ...changed });
    return true;
  });
  if (ended) context.hints.tell(groupId, 'group:changed', { group: group.name, state: 'completed' });
  return viewGroup(context, await findGroup(context, params.group), caller);
}

export async function extendGroup(
  context: Context,
  { params, body, caller }: Call<'extendGroup'>,
): Promise<Result<'extendGroup'>> {
  const group = await findGroup(context, params.group);
  await context.db.$transaction(async (tx) => {
    if (body.seconds !== undefined) await giveTime(tx, group, body.seconds, caller);
    if (body.rounds !== undefined) await giveRounds(tx, group, body.rounds, caller);
    if (body.deadlineSeconds !== undefined) await setDeadline(tx, group, body.deadlineSeconds, caller);
  });
  const now = await findGroup(context, params.group);
  if (now.state !== group.state) {
    context.hints.tell(group.id, 'group:changed', { group: group.name, state: now.state });
  }
  context.nudge(group.id);
  return viewGroup(context, now, caller);
}

/** From now where the deadline is over already. */
async function giveTime(
  tx: Transaction,
  group: TaskGroupModel,
  seconds: number,
  caller: Caller,
): Promise<void> {
  const [round] = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "Round" SET "extensions" = "extensions" + 1,
      "deadlineAt" = greatest("deadlineAt", ${await readClock(tx)}::timestamp(3)) + ${seconds}::float8 * INTERVAL '1 second'
    WHERE "groupId" = ${group.id} AND "state" = 'collecting' RETURNING "id"`;
  if (round === undefined) {
    throw new ProblemError('wrong-round-state', `${group.name} has no round that collects contributions now`);
  }
  await tx.$executeRaw`
    UPDATE "MaskedRound" s SET "until" = greatest(s."until", ${await readClock(tx)}::timestamp(3)) + ${seconds}::float8 * INTERVAL '1 second'
    FROM "Round" r WHERE r."id" = ${round.id} AND s."roundId" = r."id" AND s."attempt" = r."attempt"`;
  const event = { by: caller, groupId: group.id, roundId: round.id, detail: { seconds } };
  await audit(tx, { kind: 'round-extended', ...event });
}

/** A completed group gets so many more than it has committed, and goes on. */
async function giveRounds(
  tx: Transaction,
  group: TaskGroupModel,
  rounds: number,
  caller: Caller,
): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM "TaskGroup" WHERE "id" = ${group.id} FOR UPDATE`; // a commit or another's rounds wait
  const now = await tx.taskGroup.findUniqueOrThrow({ where: { id: group.id } });
  const settings = settingsOf(now);
  const budget = await readBudget(tx, group.id, settings);
  if (budget?.isSpent)
    throw new ProblemError(
      'wrong-group-state',
      `${group.name} has no more rounds: ${spentReason(budget)}. Raise privacy.epsilon first (colora groups apply)`,
    );
  const isOver = now.state === 'completed';
  const count = rounds + (isOver ? now.committedRounds : settings.rounds.count);
  if (count > maxRounds)
    throw new ProblemError('invalid-request', `rounds: at most ${maxRounds} in all, not ${count}`);
  await tx.taskGroup.update({
    where: { id: group.id },
    data: {
      ...changedSettings(now, (each) => ({ ...each, rounds: { ...each.rounds, count } })),
      ...(isOver ? { state: 'running', judgedFrom: now.checkpointVersion ?? 0 } : {}),
      endedReason: null,
    },
  });
  const changed = { before: { rounds: settings.rounds.count, state: now.state }, after: { rounds: count } };
  await audit(tx, {
    kind: 'group-extended',
    by: caller,
    groupId: group.id,
    detail: { rounds, count },
    ...changed,
  });
}

/** Of the rounds to come: who is in the live one was told another. */
async function setDeadline(
  tx: Transaction,
  { id: groupId }: TaskGroupModel,
  deadlineSeconds: number,
  by: Caller,
): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM "TaskGroup" WHERE "id" = ${groupId} FOR UPDATE`; // another's rounds wait
  const now = await tx.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
  const before = { deadlineSeconds: settingsOf(now).rounds.deadlineSeconds };
  const data = changedSettings(now, (each) => ({ ...each, rounds: { ...each.rounds, deadlineSeconds } }));
  await tx.taskGroup.update({ where: { id: groupId }, data });
  await audit(tx, { kind: 'group-extended', by, groupId, before, after: { deadlineSeconds } });
}

const maxRounds = 1_000_000;
