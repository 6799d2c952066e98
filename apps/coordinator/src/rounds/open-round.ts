// Opens a round for whoever is online, and gives a late one more time. Aggregating is close-round.ts.
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import { onlineSince } from '../participants/presence.ts';
import { moveRound } from './move-round.ts';
import type { KnownSituation } from './read-situation.ts';

/** False when somebody else opened one meanwhile: a group has one live round, by a unique index. */
export async function openRound(context: Context, situation: KnownSituation): Promise<boolean> {
  const { groupId, groupName, checkpointVersion } = situation;
  if (checkpointVersion === null) return false;
  try {
    const round = await context.db.$transaction(async (tx) => {
      const last = await tx.round.aggregate({ where: { groupId }, _max: { number: true } });
      const data = {
        groupId,
        number: (last._max.number ?? 0) + 1,
        version: checkpointVersion,
        deadlineAt: deadlineOf(situation),
      };
      const opened = await tx.round.create({ data });
      const cohort = await tx.$executeRaw`
        INSERT INTO "Assignment" ("roundId", "participantId")
        SELECT ${opened.id}, m."participantId" FROM "Membership" m
        WHERE m."groupId" = ${groupId} AND m."lastSeenAt" >= ${onlineSince()}`;
      await moveRound(tx, opened.id, 'open', 'collecting');
      await audit(tx, { kind: 'round-opened', groupId, roundId: opened.id, detail: { cohort } });
      return { ...opened, cohort };
    });
    const log = context.log.child({ taskGroupId: groupId, roundId: round.id });
    log.info({ group: groupName, round: round.number, cohort: round.cohort }, 'round opened');
    const event = { group: groupName, round: round.number, version: round.version };
    context.hints.tell(groupId, 'round:opened', event);
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Too few by the deadline: the round goes on collecting for as long again. */
export async function extendRound(context: Context, situation: KnownSituation): Promise<boolean> {
  const { groupId, roundId, round } = situation;
  if (roundId === null || round === null) return false;
  return context.db.$transaction(async (tx) => {
    const { count } = await tx.round.updateMany({
      where: { id: roundId, state: 'collecting', deadlineAt: round.deadlineAt },
      data: { deadlineAt: deadlineOf(situation), extensions: { increment: 1 } },
    });
    if (count === 0) return false;
    const detail = { contributions: round.contributions, quorum: situation.rules.quorum };
    await audit(tx, { kind: 'round-extended', groupId, roundId, detail });
    context.log.warn(
      { taskGroupId: groupId, roundId, ...detail },
      'too few contributions: deadline extended',
    );
    return true;
  });
}

function deadlineOf({ settings }: KnownSituation): Date {
  return new Date(Date.now() + settings.rounds.deadlineSeconds * 1000);
}
