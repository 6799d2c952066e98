// A masked contribution on its way: made of the kept vector and the masks of its attempt, the very same bytes each time, and sent as
// any other contribution is, with a statement that is signed and a receipt.
import { maskedFile } from '@colora/privacy/masking/masked-file';
import { maskVector } from '@colora/privacy/masking/member-secrets';
import type { Attempt } from '@colora/privacy/masking/member-steps';
import type { OwnRoster } from '@colora/privacy/masking/roster';
import { ringHolding, ringLoadOf } from '@colora/protocol/masking/masking-ring';
import { contributionForm } from '@colora/protocol/proofs/statement';
import type { DeliveryResult } from '../../line/deliver.ts';
import type { Session } from '../../session/open-session.ts';
import { readVector } from '../../workspace/masked/vector-file.ts';
import { clearOutbox, findInOutbox, putOutbox } from '../../workspace/outbox.ts';
import { deliverSigned } from '../delivery/signed-delivery.ts';

/** dropped, also where the disk lost the vector. */
export async function sendMasked(
  session: Session,
  { attempt, own }: { readonly attempt: Attempt; readonly own: OwnRoster },
): Promise<{ readonly sent: DeliveryResult; readonly bytes: number }> {
  const { paths, personal, group, log } = session;
  const { round, version, sha256: kept, statement: said } = personal!.mark.trained!;
  const facts = contributionForm.read(said ?? '');
  const vector = await readVector(paths.maskedVector, kept);
  if (vector === null || facts === null) {
    log(
      'warn',
      `round ${round}: ${paths.maskedVector} was damaged on the disk: nothing is contributed to it`,
    );
    return { sent: 'dropped', bytes: 0 };
  }
  const ring = ringHolding(ringLoadOf(group.settings, own.members.length));
  if (ring === null) throw new Error('a round whose sum could overflow');
  const secrets = {
    maskingKey: Buffer.from(attempt.maskingKey, 'hex'),
    selfMask: Buffer.from(attempt.selfMask, 'hex'),
  };
  const masked = maskVector(own, secrets, attempt.sharers!, { vector, ring });
  const { kind } = facts;
  const about = { kind, version, round, examples: 1, attempt: attempt.attempt, roster: own.hash, ring };
  const sha256 = await putOutbox(paths.outbox, maskedFile(about, masked));
  const waiting = await findInOutbox(paths.outbox, sha256, log);
  if (waiting === null) return { sent: 'dropped', bytes: 0 };
  const statement = contributionForm.write({ ...facts, sha256, bytes: waiting.bytes });
  const sent = await deliverSigned(session, waiting, { ...personal!.mark.trained!, statement });
  if (sent !== 'kept') await clearOutbox(paths.outbox, null);
  return { sent, bytes: waiting.bytes };
}
