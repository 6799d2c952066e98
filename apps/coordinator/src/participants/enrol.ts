// Becoming a participant. One is known to operators by a name of its own; what it calls itself is kept beside that where another
// one has the name, and it is told that name alone: so nobody finds out by enrolling who is there. How many enrol from one
// address is bounded, unless an admin invited or made them.
import { randomBytes, randomUUID } from 'node:crypto';
import { ProblemError } from '@colora/protocol/problems';
import type { AccountLimits } from '../account-limits.ts';
import type { Context } from '../context.ts';
import { addressKey } from '../http/sender/address-key.ts';
import type { Transaction } from '../sql/transaction.ts';

interface Newcomer {
  /** What it calls itself. */
  readonly name: string;
  /** It comes by itself, without an admin. */
  readonly isOwn: boolean;
}

interface Enrolled {
  readonly id: string;
  /** By which operators know it. */
  readonly name: string;
}

/** The statement is the same whether the name is free or taken. */
export async function enrol(tx: Transaction, { name, isOwn }: Newcomer): Promise<Enrolled> {
  const id = randomUUID();
  const other = `${shortened(name)}-${randomBytes(5).toString('hex')}`;
  const [made] = await tx.$queryRaw<Enrolled[]>`
    INSERT INTO "Participant" ("id", "isOwn", "name", "ownName")
    SELECT ${id}, ${isOwn}, CASE WHEN t."isTaken" THEN ${other} ELSE ${name} END, CASE WHEN t."isTaken" THEN ${name} END
    FROM (SELECT EXISTS (SELECT 1 FROM "Participant" WHERE "name" = ${name}) AS "isTaken") t
    ON CONFLICT DO NOTHING RETURNING "id", "name"`;
  return made ?? tx.participant.create({ data: { id, isOwn, name: other, ownName: name } }); // taken just now
}

/** By so many characters that the addition fits into a name. */
const shortened = (name: string) => [...name].slice(0, 52).join('');

/** By what enrolments from an address are counted. Before a transaction: the secret may have to be read. */
export async function hashAddress({ secret }: Pick<Context, 'secret'>, address: string): Promise<string> {
  return await secret.sign(`address ${addressKey(address)}`);
}

/** Counts this newcomer, or throws enrolment-limit. Those of one address wait for each other. */
export async function countEnrolment(tx: Transaction, limits: AccountLimits, hashed: string): Promise<void> {
  const { enrolmentsPerAddress: most, enrolmentHours: hours } = limits;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`enrolment ${hashed}`}, 0))`;
  const counted = await tx.$executeRaw`
    INSERT INTO "Enrolment" ("id", "address")
    SELECT gen_random_uuid()::text, ${hashed} WHERE (SELECT count(*) FROM "Enrolment"
      WHERE "address" = ${hashed} AND "at" > now() - ${hours}::float8 * INTERVAL '1 hour') < ${most}::int`;
  if (counted === 1) return;
  throw new ProblemError(
    'enrolment-limit',
    `${most} have enrolled from your address within ${hours === 1 ? 'an hour' : `${hours} hours`}: come again later, or with an invitation`,
  );
}

/** Throws membership-limit where the group, or the participant, has as many as may be. Those who join one group wait for each other. */
export async function assertRoom(
  tx: Transaction,
  limits: AccountLimits,
  {
    group,
    participantId,
  }: { readonly group: { readonly id: string; readonly name: string }; readonly participantId: string },
): Promise<void> {
  const { membersPerGroup, groupsPerParticipant } = limits;
  for (const id of [group.id, participantId])
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`members ${id}`}, 0))`;
  const active = { endedAt: null };
  if ((await tx.membership.count({ where: { ...active, groupId: group.id } })) >= membersPerGroup)
    throw new ProblemError(
      'membership-limit',
      `${group.name} has ${membersPerGroup} members, and takes no more: ask whoever runs the coordinator (COLORA_MEMBERS_PER_GROUP)`,
    );
  if ((await tx.membership.count({ where: { ...active, participantId } })) >= groupsPerParticipant)
    throw new ProblemError(
      'membership-limit',
      `you are a member of ${groupsPerParticipant} groups, which is as many as may be (COLORA_GROUPS_PER_PARTICIPANT): leave one first`,
    );
}
