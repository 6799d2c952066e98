// The members that clusters are made of: those whose probe is there and who may still take part. Read before they are
// compared, and again in the transaction that places them: nobody who came meanwhile is passed over.
import { createHash } from 'node:crypto';
import type { Probe } from '@colora/aggregation/clusters/likeness';
import type { Transaction } from '../sql/transaction.ts';
import { probeOf } from './read-probe.ts';

export interface PlacedMember {
  readonly participantId: string;
  readonly name: string;
  /** Null until it is placed. */
  readonly cluster: number | null;
  readonly sha256: string;
  readonly labels: readonly string[];
  /** Of its probe. */
  readonly bytes: number;
}

/** In the order in which they joined. */
export function readMembers(db: Pick<Transaction, '$queryRaw'>, groupId: string): Promise<PlacedMember[]> {
  return db.$queryRaw<PlacedMember[]>`
    SELECT m."participantId", p."name", m."cluster", b."sha256", b."labels", octet_length(b."data") AS "bytes"
    FROM "Membership" m
    JOIN "Probe" b ON b."groupId" = m."groupId" AND b."participantId" = m."participantId"
    JOIN "Participant" p ON p."id" = m."participantId"
    WHERE m."groupId" = ${groupId} AND m."endedAt" IS NULL ORDER BY m."joinedAt", m."participantId"`;
}

/** The same members with the same probes, and the same wish of an admin, have the same name. */
export function nameMembers(members: readonly PlacedMember[], wanted: unknown): string {
  const facts = members.map(({ participantId, sha256 }) => [participantId, sha256]);
  return createHash('sha256')
    .update(JSON.stringify([facts, wanted ?? null]))
    .digest('hex');
}

/** In the order asked for. */
export async function readProbes(
  db: Pick<Transaction, 'probe'>,
  groupId: string,
  participantIds: readonly string[],
): Promise<Probe[]> {
  const where = { groupId, participantId: { in: [...participantIds] } };
  const rows = await db.probe.findMany({ where, select: { participantId: true, data: true } });
  const byId = new Map(rows.map(({ participantId, data }) => [participantId, data]));
  return participantIds.map((id) => probeOf(byId.get(id)!));
}
