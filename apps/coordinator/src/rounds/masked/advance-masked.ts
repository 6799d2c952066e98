// Moves a masked round on: to its next phase, with who is in it fixed, or, where what was to be revealed never came, to its end. By
// compare-and-set on round, attempt and phase: of several coordinators one does it.
import { reachedOf } from '@colora/privacy/masking/graph';
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import { revealSeconds, shareSeconds } from '@colora/protocol/masking/phase-seconds';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { audit } from '../../audit.ts';
import type { Context } from '../../context.ts';
import { type MaskedAttempt, readAttempt } from '../../masking/read-attempt.ts';
import { readClock, secondsAfter } from '../../sql/database-clock.ts';
import type { Transaction } from '../../sql/transaction.ts';
import { countMissed } from '../cohort/count-missed.ts';
import { moveRound } from '../move-round.ts';
import type { KnownSituation } from '../read-situation.ts';
import { refuseContributions } from '../refuse-contributions.ts';
import { dropSealed } from './end-attempt.ts';

type Moved = Exclude<MaskingPhase, 'sharing'>;

const nextPhase = { sharing: 'masking', masking: 'signing', signing: 'revealing' } as const;

/** False where somebody else moved it meanwhile. */
export async function advanceMasked(context: Context, situation: KnownSituation): Promise<boolean> {
  const { groupId, groupName, roundId, roundNumber, attempt, round, settings } = situation;
  const from = round?.masked?.phase;
  if (roundId === null || roundNumber === null || from === undefined || from === 'revealing') return false;
  const phase = nextPhase[from];
  const members = await context.db.$transaction(async (tx) => {
    // first the round's row: who is adding to the phase that ends has committed then, and nobody adds to it any more
    const where = { id: roundId, state: 'collecting' as const, attempt, phase: from };
    const [moved] = await tx.round.updateManyAndReturn({ where, data: { phase } });
    if (moved === undefined) return null;
    const known = await readAttempt(tx, { roundId, attempt, phase: from });
    const fixed = fixedBy(known, from);
    await fix(tx, { roundId, attempt, phase }, fixed);
    const until = endOf(phase, settings, { now: await readClock(tx), deadlineAt: moved.deadlineAt });
    const where2 = { roundId_attempt: { roundId, attempt } };
    await tx.maskedRound.update({ where: where2, data: { until } });
    await tx.round.update({
      where: { id: roundId },
      data: { deadlineAt: until, ...(phase === 'masking' ? { wanted: fixed.length } : {}) },
    });
    const detail = { phase, attempt, members: fixed.length };
    await audit(tx, { kind: 'round-phase', groupId, roundId, detail });
    return fixed.map((number) => known.participantIds[number]!);
  });
  if (members === null) return false;
  context.log.info(
    { taskGroupId: groupId, roundId, round: roundNumber, attempt, phase, members: members.length },
    'masked round moved on',
  );
  context.hints.tellParticipants(members, 'round:phase', { group: groupName, round: roundNumber, phase });
  return true;
}

/** Who goes on from a phase: the members' numbers. */
function fixedBy({ graph, progress }: MaskedAttempt, from: 'sharing' | 'masking' | 'signing'): number[] {
  if (from === 'sharing') return reachedOf(graph, [...progress.shared]);
  return [...(from === 'masking' ? progress.sent : progress.signed)];
}

async function fix(
  tx: Transaction,
  { roundId, attempt, phase }: { readonly roundId: string; readonly attempt: number; readonly phase: Moved },
  numbers: readonly number[],
): Promise<void> {
  const where = { roundId, attempt, number: { in: [...numbers] } };
  const flags = {
    masking: { isSharer: true },
    signing: { isSender: true },
    revealing: { isSigner: true },
  } as const;
  await tx.maskedMember.updateMany({ where, data: flags[phase] });
}

/** Contributions have the round's own deadline, and as long as shares had at least. */
function endOf(
  phase: Moved,
  { rounds }: TaskSettings,
  { now, deadlineAt }: { readonly now: Date; readonly deadlineAt: Date },
): Date {
  if (phase === 'revealing') return secondsAfter(now, revealSeconds(rounds));
  const soon = secondsAfter(now, shareSeconds(rounds));
  return phase === 'masking' && deadlineAt > soon ? deadlineAt : soon;
}

/** Why a round failed of which too little was revealed. */
export const masksLeft = 'too few of its senders revealed what takes the masks off its sum';

/**
 * Too little was revealed: the round is over, and its sum is never learnt. It isn't tried again, since who revealed something would
 * have to reveal of the same vectors once more, over another set: the next round opens at the same checkpoint. Where as many rounds
 * failed so in a row as may be tried again, the group pauses.
 */
export async function failMasked(context: Context, situation: KnownSituation): Promise<boolean> {
  const { groupId, groupName, roundId, roundNumber, attempt, round, rules, now } = situation;
  if (roundId === null || round?.masked?.phase !== 'revealing') return false;
  const reason = masksLeft;
  const pauses = round.retries >= rules.retries;
  const done = await context.db.$transaction(async (tx) => {
    const only = { attempt, phase: 'revealing', deadlineAt: round.deadlineAt };
    if (!(await moveRound(tx, roundId, { from: 'collecting', to: 'failed', set: { reason }, only })))
      return null;
    const row = await tx.round.findUniqueOrThrow({ where: { id: roundId } });
    await countMissed(tx, row, now);
    await refuseContributions(tx, { groupId, roundId }, 'round-failed', `its round failed: ${reason}`);
    await dropSealed(tx, roundId);
    await audit(tx, { kind: 'round-failed', groupId, roundId, detail: { reason } });
    if (!pauses) return { paused: false };
    // the count of failures in a row begins anew when the group is started again
    await tx.round.update({ where: { id: roundId }, data: { retries: 0 } });
    const where = { id: groupId, state: 'running' as const };
    const data = { state: 'paused' as const, pausedReason: `a round failed: ${reason}` };
    return { paused: (await tx.taskGroup.updateMany({ where, data })).count === 1 };
  });
  if (done === null) return false;
  context.meters.round('failed');
  context.log.warn({ taskGroupId: groupId, roundId, round: roundNumber, reason }, 'masked round failed');
  if (done.paused) context.hints.tell(groupId, 'group:changed', { group: groupName, state: 'paused' });
  return true;
}
