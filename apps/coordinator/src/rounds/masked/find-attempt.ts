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

/** Her own row, without what she sealed to others. */
export type OwnRow = Pick<
  MaskedMemberModel,
  'roundId' | 'attempt' | 'number' | 'participantId' | keyof OwnSteps
>;

/** What she did: null where not. */
export type OwnSteps = Pick<
  MaskedMemberModel,
  'sharesHash' | 'isSender' | 'signature' | 'isSigner' | 'reveals'
>;

export interface LiveAttempt {
  readonly attempt: number;
  readonly phase: MaskingPhase;
  readonly rosterHash: string;
  readonly members: number;
  /** Until its phase ends; negative where it has to. */
  readonly secondsLeft: number;
  readonly hasSent: boolean;
  readonly member: OwnRow;
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

interface LiveRow extends Omit<LiveAttempt, 'member'>, OwnSteps {
  readonly state: string;
  /** Null: she isn't in it. */
  readonly number: number | null;
}

/** Throws group-paused, not-collecting, or not-assigned for who isn't in it. `said`: null for who only asks. */
export async function holdAttempt(
  tx: Pick<Transaction, '$queryRaw'>,
  { group, roundId, round, participantId }: Whose,
  said: SaidAttempt | null,
): Promise<LiveAttempt> {
  const [live] = await tx.$queryRaw<LiveRow[]>`
    SELECT r."attempt", r."phase", g."state"::text, s."rosterHash", s."members",
      (extract(epoch FROM s."until" - now()::timestamp(3)))::float8 AS "secondsLeft", EXISTS (
        SELECT 1 FROM "Contribution" k WHERE k."roundId" = r."id" AND k."participantId" = ${participantId}) AS "hasSent",
      p."number", p."sharesHash", p."isSender", p."signature", p."isSigner", p."reveals"
    FROM "Round" r JOIN "TaskGroup" g ON g."id" = r."groupId"
    JOIN "MaskedRound" s ON s."roundId" = r."id" AND s."attempt" = r."attempt"
    LEFT JOIN "MaskedMember" p ON p."roundId" = r."id" AND p."attempt" = r."attempt" AND p."participantId" = ${participantId}
    WHERE r."id" = ${roundId} AND r."state" = 'collecting' AND r."phase" IS NOT NULL FOR SHARE OF r`;
  if (live === undefined) throw notLive(group, round, 'collects nothing now');
  const { state, number, sharesHash, isSender, signature, isSigner, reveals, ...told } = live;
  const { attempt, rosterHash } = told;
  if (state === 'paused')
    throw new ProblemError('group-paused', `${group.name} is paused: wait until it is started again`);
  if (number === null)
    throw new ProblemError(
      'not-assigned',
      `you are not in attempt ${attempt} at round ${round} of ${group.name}`,
    );
  if (said !== null && (said.attempt !== attempt || said.roster !== rosterHash))
    throw notLive(group, round, `is at its attempt ${attempt}, with the roster ${rosterHash}`);
  const steps = { sharesHash, isSender, signature, isSigner, reveals };
  return { ...told, member: { roundId, attempt, number, participantId, ...steps } };
}

export function notLive({ name }: Pick<TaskGroupModel, 'name'>, round: number, why: string): ProblemError {
  return new ProblemError('not-collecting', `round ${round} of ${name} ${why}: ask for your assignment`);
}
