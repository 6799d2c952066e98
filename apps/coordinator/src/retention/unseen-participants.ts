// Participants that enrolled by themselves and never used their key expire after a time (COLORA_UNSEEN_DAYS): a stranger's
// leftovers don't stay. And enrolments that no quota counts any more are deleted.
import type { Context } from '../context.ts';
import { forgetParticipant } from '../leaving/forget-participant.ts';

type Known = Pick<Context, 'db' | 'limits'>;

/** Returns how many were forgotten. */
export async function forgetUnseen({ db, limits }: Known, stop: () => boolean): Promise<number> {
  const { unseenDays, enrolmentHours } = limits;
  await db.$executeRaw`DELETE FROM "Enrolment" WHERE "at" < now() - ${enrolmentHours}::float8 * INTERVAL '1 hour'`;
  const unseen = await db.$queryRaw<{ id: string }[]>`
    SELECT p."id" FROM "Participant" p
    WHERE p."isOwn" AND p."forgottenAt" IS NULL AND p."createdAt" < now() - ${unseenDays}::float8 * INTERVAL '1 day'
      AND NOT EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."participantId" = p."id" AND k."lastUsedAt" IS NOT NULL)
    LIMIT 1000`;
  let forgotten = 0;
  for (const { id } of unseen) {
    if (stop()) break;
    await db.$transaction((tx) => forgetParticipant(tx, id, null));
    forgotten += 1;
  }
  return forgotten;
}
