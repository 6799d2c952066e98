// The public keys that participants' contributions are signed with: the first one told is taken, another only after an admin let
// the first go. Also the coordinator's own. What is signed is checked in contributions/check-signature.ts.
import { ProblemError } from '@colora/protocol/problems';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { unknownParticipant } from '../refusals.ts';
import type { Transaction } from '../sql/transaction.ts';

export async function showCoordinatorKey({ receiptSigner }: Context): Promise<Result<'showCoordinatorKey'>> {
  return { key: (await receiptSigner()).publicKey };
}

/** Takes `told` where none is known. Throws other-signing-key where another is. */
export async function admitSigningKey(
  tx: Transaction,
  participantId: string,
  told: string | undefined,
  from: { readonly by: Caller | null; readonly address: string },
): Promise<string | null> {
  if (told !== undefined) {
    // compare-and-set: of two told at once, one is taken
    const where = { id: participantId, signingKey: null };
    const { count } = await tx.participant.updateMany({ where, data: { signingKey: told } });
    if (count > 0)
      await audit(tx, { kind: 'signing-key-taken', ...from, participantId, detail: { key: told } });
  }
  const { signingKey, name, ownName } = await tx.participant.findUniqueOrThrow({
    where: { id: participantId },
  });
  if (told === undefined || told === signingKey) return signingKey;
  throw new ProblemError(
    'other-signing-key',
    `${ownName ?? name} signs with the key ${signingKey}, not ${told}`,
  );
}

export async function resetSigningKey(
  { db }: Context,
  { params, caller }: Call<'resetSigningKey'>,
): Promise<Result<'resetSigningKey'>> {
  return await db.$transaction(async (tx) => {
    const found = await tx.participant.findUnique({ where: { name: params.participant } });
    if (found === null) throw unknownParticipant(params.participant);
    const { id, name, signingKey: forgotten } = found;
    if (forgotten !== null) {
      await tx.participant.update({ where: { id }, data: { signingKey: null } });
      // its masking keys are signed with the one that is gone
      await tx.membership.updateMany({
        where: { participantId: id, group: { isMasked: true } },
        data: { awaitsKeys: true },
      });
      const detail = { key: forgotten };
      await audit(tx, { kind: 'signing-key-reset', by: caller, participantId: id, detail });
    }
    return { participant: name, forgotten };
  });
}
