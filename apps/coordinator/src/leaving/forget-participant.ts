// What being forgotten deletes: name, keys, figures, probes, masking keys, labels, hours, step times, times within rounds, error reports, losses, signed statements and entries of
// manifests at once, bytes of contributions where they are in no live round (forgotten-bytes.ts). What stays, under an id that nothing
// explains any more: that it was a member, which rounds it contributed to, with which norm and weight; the hashes in manifests,
// which are salted; the trail of who did what, whose entries can't be taken out; and whatever checkpoints have learnt, which
// no deletion undoes.
import { DbNull } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { audit } from '../audit.ts';
import type { Caller } from '../keys/key-ring.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { type EndedIn, endMemberships } from './end-memberships.ts';

export interface Gone {
  /** Keys that admit nobody any more. */
  readonly keyIds: readonly string[];
  readonly groups: readonly EndedIn[];
}

/** Revokes its keys and ends its memberships. */
export async function revokeAll(tx: Transaction, participantId: string, by: Caller | null): Promise<Gone> {
  const now = await readClock(tx);
  const revoked = await tx.apiKey.updateManyAndReturn({
    where: { participantId, revokedAt: null },
    data: { revokedAt: now },
  });
  const groups = await endMemberships(tx, { participantId }, 'removed', by);
  if (revoked.length > 0)
    await audit(tx, {
      ...{ kind: 'participant-removed', by, participantId },
      detail: { keys: revoked.length, groups: groups.length },
    });
  return { keyIds: revoked.map(({ id }) => id), groups };
}

/** `by`: null for the coordinator itself, of one who was never seen. */
export async function forgetParticipant(
  tx: Transaction,
  participantId: string,
  by: Caller | null,
): Promise<Gone> {
  const gone = await revokeAll(tx, participantId, by);
  const where = { participantId };
  await tx.metric.deleteMany({ where });
  await tx.memberFigures.deleteMany({ where });
  await tx.probe.deleteMany({ where });
  await tx.maskingKey.deleteMany({ where: { ...where, roundId: null } });
  await tx.maskedMember.updateMany({ where, data: { leftStatement: null, leftSignature: null } });
  await tx.membership.updateMany({
    where,
    data: {
      ...{ awayUntil: null, windows: DbNull, stepSeconds: null, labels: [] },
      ...{ version: null, engine: null, device: null },
      ...{ vouchedKey: null, vouch: null },
    },
  });
  await tx.missedRounds.deleteMany({ where });
  await tx.memberReport.deleteMany({ where });
  await tx.assignment.updateMany({
    where,
    data: {
      ...{ toldAt: null, downloadAt: null, downloadedAt: null, uploadAt: null, uploadedAt: null },
      ...{ refusedAt: null, refusedCode: null, refusedWhy: null },
    },
  });
  await tx.contribution.updateMany({
    where,
    data: { personalLoss: null, sharedLoss: null, statement: null, signature: null },
  });
  await tx.manifestEntry.deleteMany({ where });
  await tx.session.deleteMany({ where: { key: where } });
  const name = `forgotten-${participantId}`;
  await tx.$executeRaw`UPDATE "ApiKey" SET "name" = ${name}, "hash" = 'forgotten ' || "id" WHERE "participantId" = ${participantId}`;
  const forgottenAt = await readClock(tx);
  const data = { name, ownName: null, signingKey: null, forgottenAt };
  const { count } = await tx.participant.updateMany({
    where: { id: participantId, forgottenAt: null },
    data,
  });
  if (count > 0) await audit(tx, { kind: 'participant-forgotten', by, participantId });
  return gone;
}
