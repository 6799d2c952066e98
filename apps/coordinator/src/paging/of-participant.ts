// The rows of a listing that are about one participant, as the filter `participant` names it.
import type { Context } from '../context.ts';
import { unknownParticipant } from '../refusals.ts';

/** For Prisma's where; no condition where none is named. Throws unknown-participant. */
export async function ofParticipant(
  db: Pick<Context['db'], 'participant'>,
  { participant: name }: { readonly participant?: string | undefined },
): Promise<{ participantId?: string }> {
  if (name === undefined) return {};
  const row = await db.participant.findUnique({ where: { name }, select: { id: true } });
  if (row === null) throw unknownParticipant(name);
  return { participantId: row.id };
}
