// How long a step takes the members of a group, as they told, and the deadline of a round that follows from it. Telling and
// showing it over REST is participants/step-time-handlers.ts.
import { deadlineFor, type StepTimes } from '@colora/protocol/deadlines/step-times';
import { roundStepsOf, type TaskSettings } from '@colora/protocol/task-settings';
import type { Context } from './context.ts';
import { secondsAfter } from './sql/database-clock.ts';

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
