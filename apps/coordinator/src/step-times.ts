// How long a step takes the members of a group, as they told, and the deadline of a round that follows from it, when it opens and
// after a pause. Telling and showing it over REST is participants/step-time-handlers.ts.
import { deadlineFor, type StepTimes } from '@colora/protocol/deadlines/step-times';
import { roundStepsOf, type TaskSettings } from '@colora/protocol/task-settings';
import type { Context } from './context.ts';
import { readClock, secondsAfter } from './sql/database-clock.ts';

/** Of those who are members now. */
export async function readStepTimes(
  { db }: Pick<Context, 'db'>,
  groupId: string,
  settings: TaskSettings,
): Promise<StepTimes> {
  const { _count, _max } = await db.membership.aggregate({
    where: { groupId, endedAt: null },
    _count: { _all: true, stepSeconds: true },
    _max: { stepSeconds: true },
  });
  const steps = roundStepsOf(settings);
  const slowestStepSeconds = _max.stepSeconds;
  return {
    ...{ members: _count._all, told: _count.stepSeconds, steps, slowestStepSeconds },
    deadlineSeconds: deadlineFor(settings.rounds, { steps, slowestStepSeconds }),
  };
}

/** Of a round that begins now. Members are looked at only where the deadline follows them. */
export async function deadlineFrom(
  context: Pick<Context, 'db'>,
  now: Date,
  { groupId, settings }: { readonly groupId: string; readonly settings: TaskSettings },
): Promise<Date> {
  const { deadlineSeconds, adaptDeadline } = settings.rounds;
  if (!adaptDeadline) return secondsAfter(now, deadlineSeconds);
  return secondsAfter(now, (await readStepTimes(context, groupId, settings)).deadlineSeconds);
}

/**
 * A pause does not use up the time members have for the round they were in. One that paused the group because nobody
 * sent anything is late as it stands, so that members are drawn for it anew.
 */
export async function giveTimeAgain(
  { db }: Pick<Context, 'db'>,
  of: { readonly groupId: string; readonly settings: TaskSettings },
): Promise<void> {
  const live = { groupId: of.groupId, state: 'collecting' as const };
  const now = await readClock(db);
  const deadlineAt = await deadlineFrom({ db }, now, of);
  await db.round.updateMany({ where: { ...live, reason: null }, data: { deadlineAt, retries: 0 } });
  const givenUp = { ...live, reason: { not: null } };
  await db.round.updateMany({ where: givenUp, data: { reason: null, retries: 0, deadlineAt: now } });
  // of a masked round as long as any of its phases gets at most; of one that was given up none
  await db.$executeRaw`
    UPDATE "MaskedRound" s SET "until" = r."deadlineAt" FROM "Round" r
    WHERE r."groupId" = ${of.groupId} AND r."state" = 'collecting' AND s."roundId" = r."id" AND s."attempt" = r."attempt"`;
}
