// The attempt at a masked round that a member's step is of, found and held in the step's transaction: while that is under way nobody
// moves the round to another phase. Who isn't in it, or speaks of another, is refused.
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import { ProblemError } from '@colora/protocol/problems';
import { findGroupFor } from '../../access/find-group.ts';
import { roundKey } from '../../access/round-key.ts';
import type { Context } from '../../context.ts';
import type { MaskedMemberModel, TaskGroupModel } from '../../generated/prisma/models.ts';
import type { Caller } from '../../keys/key-ring.ts';
import { assertMasked } from '../../masking/note-awaited.ts';
import { participantOf, unknownRound } from '../../refusals.ts';
import type { Transaction } from '../../sql/transaction.ts';

/** What the member says that her step is of. */
export interface SaidAttempt {
  readonly attempt: number;
  /** The sha256 of its text. */
  readonly roster: string;
}

export interface Whose {
  readonly group: TaskGroupModel;
  readonly roundId: string;
  readonly round: number;
  readonly participantId: string;
}

export interface LiveAttempt {
  readonly attempt: number;
  readonly phase: MaskingPhase;
  readonly members: number;
  readonly member: MaskedMemberModel;
}

/** Throws unknown-group, unknown-round, or wrong-group-state where nothing is masked. */
export async function findMaskedRound(
  context: Pick<Context, 'db'>,
  {
    params,
    caller,
  }: { readonly params: { readonly group: string; readonly round: number }; readonly caller: Caller },
): Promise<Whose> {
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  const round = await context.db.round.findUnique({
    where: roundKey(group, params.round),
    select: { id: true },
  });
  if (round === null) throw unknownRound(params.group, params.round);
  assertMasked(group);
  return { group, roundId: round.id, round: params.round, participantId };
}

/** Throws group-paused, not-collecting, or not-assigned for who isn't in it. `said`: null for who only asks. */
export async function holdAttempt(
  tx: Pick<Transaction, '$queryRaw' | 'maskedMember' | 'maskedRound'>,
  { group, roundId, round, participantId }: Whose,
  said: SaidAttempt | null,
): Promise<LiveAttempt> {
  const [live] = await tx.$queryRaw<{ attempt: number; phase: MaskingPhase; state: string }[]>`
    SELECT r."attempt", r."phase", g."state"::text FROM "Round" r JOIN "TaskGroup" g ON g."id" = r."groupId"
    WHERE r."id" = ${roundId} AND r."state" = 'collecting' AND r."phase" IS NOT NULL FOR SHARE OF r`;
  if (live === undefined) throw notLive(group, round, 'collects nothing now');
  const { attempt, phase } = live;
  if (live.state === 'paused')
    throw new ProblemError('group-paused', `${group.name} is paused: wait until it is started again`);
  const member = await tx.maskedMember.findUnique({
    where: { roundId_attempt_participantId: { roundId, attempt, participantId } },
  });
  if (member === null)
    throw new ProblemError(
      'not-assigned',
      `you are not in attempt ${attempt} at round ${round} of ${group.name}`,
    );
  const { rosterHash, members } = await tx.maskedRound.findUniqueOrThrow({
    where: { roundId_attempt: { roundId, attempt } },
    select: { rosterHash: true, members: true },
  });
  if (said !== null && (said.attempt !== attempt || said.roster !== rosterHash))
    throw notLive(group, round, `is at its attempt ${attempt}, with the roster ${rosterHash}`);
  return { attempt, phase, members, member };
}

export function notLive({ name }: Pick<TaskGroupModel, 'name'>, round: number, why: string): ProblemError {
  return new ProblemError('not-collecting', `round ${round} of ${name} ${why}: ask for your assignment`);
}
