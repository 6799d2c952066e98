// A finished contribution on its way, and what came of it, as one run of a daemon counts it.
import { ApiProblem } from '@colora/protocol/api-client';
import type { DeliveryResult } from '../../line/deliver.ts';
import { bearRefusal } from '../../line/refusals.ts';
import type { Session } from '../../session/open-session.ts';
import { clearOutbox, findInOutbox, type Waiting } from '../../workspace/outbox.ts';
import { roundCount } from '../round-count.ts';
import { deliverSigned } from './signed-delivery.ts';

export interface Delivered {
  acknowledged: number;
  /** Rounds that were begun. */
  trained: number;
  /** Contributions whose content was refused since the last one that was not. */
  refusedInARow: number;
}

/** Of a masked contribution. */
export interface MaskedDelivery {
  readonly sent: DeliveryResult;
  readonly round: number;
  readonly bytes: number;
}

/** What is finished and still to be sent; of masked rounds nothing is, until their masks are known. */
export async function waiting({ personal, paths, log, masking }: Session): Promise<Waiting | null> {
  const trained = personal?.mark.trained;
  return trained == null || masking !== null ? null : await findInOutbox(paths.outbox, trained.sha256, log);
}

/** Sends what the outbox holds and, unless the group is paused, settles it. */
export async function contribute(session: Session, tally: Delivered): Promise<DeliveryResult | null> {
  const contribution = await waiting(session);
  if (contribution === null) return null;
  const trained = session.personal!.mark.trained!;
  const result = await deliverSigned(session, contribution, trained);
  if (result === 'kept') return result;
  await clearOutbox(session.paths.outbox, null);
  bearResult(session, tally, trained.round, result);
  return result;
}

function bearResult({ log }: Session, tally: Delivered, round: number, result: DeliveryResult): void {
  if (result === 'acknowledged') tally.acknowledged += 1;
  if (result instanceof ApiProblem)
    tally.refusedInARow = bearRefusal(log, result, round, tally.refusedInARow);
  else tally.refusedInARow = 0;
}

/** A masked contribution went, long after it was trained: losses are in its sum alone. */
export async function tellMasked(
  session: Session,
  tally: Delivered,
  { sent, round, bytes }: MaskedDelivery,
): Promise<void> {
  if (sent === 'kept') return;
  bearResult(session, tally, round, sent);
  if (sent !== 'acknowledged') return;
  const of = await roundCount(session, round, tally.trained);
  session.progress({ kind: 'contributed', round, of, bytes, personalLoss: null, sharedLoss: null });
}
