// What a newcomer hears of a group before she joins it, beside its settings. Nothing is written, and of no other member anything is told.
import { fewestTold, type JoinOffer } from '@colora/protocol/accounts/join-offer';
import { deadlineFor } from '@colora/protocol/deadlines/step-times';
import { roundStepsOf } from '@colora/protocol/task-settings';
import { settingsOf } from '../access/stored-settings.ts';
import { bytesOfRound } from '../bytes-of-round.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';

/** `invitation`: the id of one of this group. */
export async function readOffer(
  context: Pick<Context, 'db' | 'plans'>,
  group: TaskGroupModel,
  invitation: string | null,
): Promise<JoinOffer> {
  const settings = settingsOf(group);
  const { stepSeconds, slowestStepSeconds } = await readSteps(context, group.id);
  const steps = roundStepsOf(settings);
  return {
    invitation: invitation === null ? null : await readInvitedBy(context, invitation),
    round: {
      deadlineSeconds: deadlineFor(settings.rounds, { steps, slowestStepSeconds }),
      stepSeconds,
      bytes: await readBytes(context, group),
    },
  };
}

async function readInvitedBy({ db }: Pick<Context, 'db'>, id: string): Promise<JoinOffer['invitation']> {
  const row = await db.invitation.findUnique({ where: { id } });
  if (row === null) return null;
  const { createdBy, uses, used, expiresAt } = row;
  return { createdBy, uses, used, expiresAt: expiresAt.toISOString() };
}

/** Of those who are members now; null where few told theirs. */
async function readSteps({ db }: Pick<Context, 'db'>, groupId: string) {
  const [row] = await db.$queryRaw<{ told: number; seconds: number | null; slowest: number | null }[]>`
    SELECT count("stepSeconds")::int AS "told", max("stepSeconds") AS "slowest",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY "stepSeconds") AS "seconds"
    FROM "Membership" WHERE "groupId" = ${groupId} AND "endedAt" IS NULL`;
  if (row === undefined || row.told < fewestTold) return { stepSeconds: null, slowestStepSeconds: null };
  return { stepSeconds: row.seconds, slowestStepSeconds: row.slowest };
}

async function readBytes({ db, plans }: Pick<Context, 'db' | 'plans'>, group: TaskGroupModel) {
  if (group.checkpointVersion === null) return null;
  const at = { groupId: group.id, version: group.checkpointVersion };
  const row = await db.checkpoint.findUnique({ where: { groupId_version: at }, include: { blob: true } });
  if (row === null) return null;
  return bytesOfRound(settingsOf(group), (await plans.read(row.blob)).tensors);
}
