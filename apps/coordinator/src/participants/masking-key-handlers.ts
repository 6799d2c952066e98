// Keys that members hand in ahead for masked rounds: checked when they come, used one a round and attempt. A member without one that
// is unused is asked for no round (awaitsKeys), nor one without an admin's word where the group asks for that.

import { mostKeysAhead } from '@colora/protocol/masking/masking';
import { maskingKeyForm, vouchForm } from '@colora/protocol/masking/masking-forms';
import { ProblemError } from '@colora/protocol/problems';
import { isSignedBy } from '@colora/protocol/proofs/signatures';
import { findGroup, findGroupFor } from '../access/find-group.ts';
import { settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { assertMasked, noteAwaited } from '../masking/note-awaited.ts';
import { participantOf, unknownParticipant } from '../refusals.ts';
import type { Transaction } from '../sql/transaction.ts';

type GroupName = Pick<TaskGroupModel, 'name' | 'createdAt'>;

/** Handing the same in again changes nothing. Another sealing key puts those handed in with the one before out of use. */
export async function putMaskingKeys(
  context: Context,
  { params, body, caller }: Call<'putMaskingKeys'>,
): Promise<Result<'putMaskingKeys'>> {
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  assertMasked(group);
  const groupId = group.id;
  const unused = await context.db.$transaction(async (tx) => {
    // one call of a member at a time; her signing key stays as it is meanwhile
    await tx.$queryRaw`SELECT 1 FROM "Participant" WHERE "id" = ${participantId} FOR NO KEY UPDATE`;
    const { signingKey: key } = await tx.participant.findUniqueOrThrow({ where: { id: participantId } });
    if (key === null)
      throw new ProblemError(
        'wrong-signature',
        'no signing key of yours is known here: join again, with one',
      );
    checkKeys(group, key, body);
    const whose = { groupId, participantId };
    const { sealingKey, keys } = body;
    const isOld = { OR: [{ key: { not: key } }, { sealingKey: { not: sealingKey } }] };
    await tx.maskingKey.deleteMany({ where: { ...whose, roundId: null, ...isOld } });
    const given = keys.map(({ index, ...rest }) => ({
      ...whose,
      ...rest,
      key,
      sealingKey,
      index: BigInt(index),
    }));
    await assertOwn(tx, given);
    const { count: taken } = await tx.maskingKey.createMany({ data: given, skipDuplicates: true });
    await assertSame(tx, given);
    const unused = await tx.maskingKey.count({ where: { ...whose, roundId: null } });
    if (unused > 2 * mostKeysAhead)
      throw new ProblemError(
        'invalid-request',
        `you have ${unused} keys ahead with these: ${mostKeysAhead} are enough`,
      );
    await noteAwaited(tx, { groupId, isVouched: vouchedByOf(group) !== undefined }, [participantId]);
    if (taken > 0)
      await audit(tx, { kind: 'masking-keys-told', by: caller, ...whose, detail: { taken, unused } });
    return unused;
  });
  context.nudge(groupId);
  return { unused };
}

/** Who vouches for its members; undefined: nobody has to. */
function vouchedByOf(group: TaskGroupModel): string | undefined {
  return settingsOf(group).privacy.secureAggregation?.vouchedBy;
}

function checkKeys(
  group: GroupName,
  key: string,
  { sealingKey, keys }: Call<'putMaskingKeys'>['body'],
): void {
  const about = { group: group.name, groupCreatedAt: group.createdAt.toISOString(), key };
  const indices = new Set<number>();
  for (const { index, maskingKey, signature } of keys) {
    if (indices.has(index)) throw new ProblemError('invalid-request', `there are two keys of index ${index}`);
    indices.add(index);
    const text = maskingKeyForm.write({ ...about, index, maskingKey, sealingKey });
    if (!isSignedBy(key, text, signature))
      throw new ProblemError(
        'wrong-signature',
        `the masking key of index ${index} is not signed with ${key}, for ${group.name} as it is here`,
      );
  }
}

type Given = Pick<
  Awaited<ReturnType<Transaction['maskingKey']['findMany']>>[number],
  'groupId' | 'participantId' | 'key' | 'index' | 'maskingKey' | 'sealingKey'
>;

/** In a roster no two have a key in common: whoever handed one in first keeps it. */
async function assertOwn(tx: Transaction, given: readonly Given[]): Promise<void> {
  const [{ groupId, participantId, sealingKey }] = given as [Given];
  const maskingKey = { in: given.map((one) => one.maskingKey) };
  const others = { groupId, participantId: { not: participantId }, OR: [{ sealingKey }, { maskingKey }] };
  if ((await tx.maskingKey.count({ where: others })) > 0)
    throw new ProblemError(
      'invalid-request',
      'another member handed in one of these keys before: make your own',
    );
}

async function assertSame(tx: Transaction, given: readonly Given[]): Promise<void> {
  const [{ groupId, participantId, key }] = given as [Given];
  const index = { in: given.map((one) => one.index) };
  const there = await tx.maskingKey.findMany({ where: { groupId, participantId, key, index } });
  for (const told of given) {
    const same = there.find((one) => one.index === told.index);
    if (same?.maskingKey === told.maskingKey && same.sealingKey === told.sealingKey) continue;
    throw new ProblemError(
      'invalid-request',
      `the index ${told.index} is taken by another masking key of yours, or its key by another index: each has one of its own`,
    );
  }
}

/** An admin's word, signed elsewhere: checked where the group names the key of who vouches. */
export async function putVouch(
  context: Context,
  { params, body, caller }: Call<'putVouch'>,
): Promise<Result<'putVouch'>> {
  const group = await findGroup(context, params.group);
  assertMasked(group);
  const vouchedBy = vouchedByOf(group);
  const groupId = group.id;
  const answer = await context.db.$transaction(async (tx) => {
    const member = await tx.membership.findFirst({
      where: { groupId, endedAt: null, participant: { name: params.participant } },
      include: { participant: true },
    });
    if (member === null) throw unknownParticipant(params.participant);
    const { participantId } = member;
    const key = member.participant.signingKey;
    if (key === null)
      throw new ProblemError('wrong-signature', `${params.participant} has told no signing key to vouch for`);
    const text = vouchForm.write({ group: group.name, groupCreatedAt: group.createdAt.toISOString(), key });
    if (vouchedBy !== undefined && !isSignedBy(vouchedBy, text, body.signature))
      throw new ProblemError(
        'wrong-signature',
        `the signature is not that of ${vouchedBy}, who vouches for members of ${group.name}, under the key ${key} of ${params.participant}`,
      );
    const where = { groupId_participantId: { groupId, participantId } };
    await tx.membership.update({ where, data: { vouchedKey: key, vouch: body.signature } });
    await noteAwaited(tx, { groupId, isVouched: vouchedByOf(group) !== undefined }, [participantId]);
    await audit(tx, { kind: 'member-vouched', by: caller, groupId, participantId, detail: { key } });
    return { participant: params.participant, key };
  });
  context.nudge(groupId);
  return answer;
}
