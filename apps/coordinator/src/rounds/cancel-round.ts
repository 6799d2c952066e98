// Failing a live round on purpose. What it had acknowledged counts nowhere, and is listed as refused with the reason:
// nothing vanishes. What has begun to aggregate is not cancelled any more.
import type { RoundState } from '@colora/protocol/entities';
import { ProblemError } from '@colora/protocol/problems';
import { findGroup } from '../access/find-group.ts';
import { roundKey } from '../access/round-key.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { unknownRound } from '../refusals.ts';
import type { Transaction } from '../sql/transaction.ts';
import { dropSealed } from './masked/end-attempt.ts';
import { moveRound } from './move-round.ts';
import { refuseContributions } from './refuse-contributions.ts';
import { viewRound } from './round-handlers.ts';

/** Repeatable: a round that was cancelled before is answered as it is. */
export async function cancelRound(
  context: Context,
  { params, caller }: Call<'cancelRound'>,
): Promise<Result<'cancelRound'>> {
  const group = await findGroup(context, params.group);
  const round = await context.db.round.findUnique({ where: roundKey(group, params.round) });
  if (round === null) throw unknownRound(params.group, params.round);
  const cancelled = await context.db.$transaction((tx) => cancelLive(tx, round, caller));
  const now = await viewRound(context, round.id);
  if (!cancelled && now.state !== 'failed') throw notCancelled(params.round, now.state);
  if (cancelled) {
    context.meters.round('cancelled');
    context.log.warn({ taskGroupId: group.id, roundId: round.id }, 'round cancelled');
    context.nudge(group.id);
  }
  return now;
}

/** False when it is over, or aggregates. */
export async function cancelLive(
  tx: Transaction,
  { id, groupId, number }: { readonly id: string; readonly groupId: string; readonly number: number },
  caller: Caller,
): Promise<boolean> {
  const set = { reason: `cancelled by ${caller.name}` };
  if (!(await moveRound(tx, id, { from: 'collecting', to: 'failed', set }))) return false;
  const message = `round ${number} was cancelled by ${caller.name}`;
  const contributions = await refuseContributions(tx, { groupId, roundId: id }, 'cancelled', message);
  await dropSealed(tx, id);
  const detail = { contributions };
  await audit(tx, { kind: 'round-cancelled', by: caller, groupId, roundId: id, detail });
  return true;
}

function notCancelled(number: number, state: RoundState): ProblemError {
  const why = state === 'aggregating' ? 'is being closed: its contributions are in' : `is ${state}`;
  return new ProblemError('wrong-round-state', `round ${number} ${why}, and cannot be cancelled`);
}
