// A finished contribution on its way with its member's signature, and the coordinator's receipt on its way back: held to the statement
// that was signed and to the coordinator's key, and kept before the outbox lets the contribution go. Who is killed in between asks again,
// and has the same receipt.
import { ApiProblem } from '@colora/protocol/api-client';
import type { Acknowledgement } from '@colora/protocol/entities';
import { receiptFault } from '@colora/protocol/proofs/receipt';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { type DeliveryResult, deliver } from '../../line/deliver.ts';
import { keepReceipt } from '../../receipts/receipt-store.ts';
import { untrusted } from '../../session/known-keys.ts';
import type { Session } from '../../session/open-session.ts';
import { noticeOtherPast } from '../../session/set-back.ts';
import type { Waiting } from '../../workspace/outbox.ts';
import type { ResumeMark } from '../../workspace/personal-store.ts';

/** Throws 'untrusted-coordinator' where what answers is no receipt for it; the contribution stays in the outbox then. */
export async function deliverSigned(
  session: Session,
  contribution: Waiting,
  { round, statement: said }: NonNullable<ResumeMark['trained']>,
): Promise<DeliveryResult> {
  const { options, transfers, log, paths, keys } = session;
  const facts = said === undefined ? null : contributionForm.read(said);
  if (facts === null) {
    log(
      'warn',
      `round ${round}: the contribution was made by an earlier version, which signed nothing, and is dropped; the personal part keeps what it learnt`,
      { round },
    );
    return 'dropped';
  }
  // signed now: the key may be another one than when it was made
  const statement = contributionForm.write({ ...facts, key: keys.signer.publicKey });
  const signature = keys.signer.sign(statement);
  const onAnswer = async ({ receipt }: Acknowledgement) => {
    const fault =
      receipt === null ? 'there is none' : receiptFault(receipt, { statement, key: keys.coordinatorKey });
    if (receipt === null || fault !== null)
      throw untrusted(
        `round ${round}: ${transfers.url} took the contribution, and its receipt doesn’t hold: ${fault}`,
      );
    await keepReceipt(paths.receipts, { statement, signature, receipt });
  };
  const { signal, backoff } = options;
  const delivery = { group: session.group.name, round, contribution, signature };
  const send = () => deliver(delivery, { transfers, signal, log, backoff, onAnswer });
  const attributes = { 'colora.round': round, 'colora.bytes': contribution.bytes };
  const result = await session.tracing.during('deliver', send, { attributes });
  // what is as new as the latest checkpoint is noticed by the assignment; this came late
  return result instanceof ApiProblem && (await noticeOtherPast(session, result)) ? 'dropped' : result;
}
