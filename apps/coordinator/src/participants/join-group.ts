// Joining a task group: a participant becomes a member; who comes without a key becomes a participant first, under the key
// that it brings to be known by from now on, or is given one. A group can be joined in any state: newcomers personalise a
// finished one. With `check` all of it is done and undone: who gets the answer knows that joining will work, and what the
// group trains on, before anyone is enrolled. Who may not join is told what he is told of a group that isn't there.
import { randomBytes } from 'node:crypto';
import type { Machine } from '@colora/protocol/accounts/machine';
import { makeKey } from '@colora/protocol/api-key';
import { ProblemError } from '@colora/protocol/problems';
import { viewGroup } from '../access/group-view.ts';
import { settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import { placeReturned } from '../grouping/place-newcomer.ts';
import { lockGroup } from '../grouping/regroup-members.ts';
import type { Call, Result } from '../http/call.ts';
import { readInvitation } from '../invitations/invitation-text.ts';
import { spendInvitation } from '../invitations/spend-invitation.ts';
import { hashSecret } from '../keys/api-keys.ts';
import type { Caller } from '../keys/key-ring.ts';
import { noteAwaited } from '../masking/note-awaited.ts';
import { onlineFor } from '../presence/presence.ts';
import { unknownGroup } from '../refusals.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { assertRoom, countEnrolment, enrol, hashAddress } from './enrol.ts';
import { readOffer } from './join-offer.ts';
import { admitSigningKey } from './signing-keys.ts';

export async function joinGroup(context: Context, call: Call<'joinGroup'>): Promise<Result<'joinGroup'>> {
  const { params, body, caller } = call;
  if (caller !== null && caller.participantId === null) {
    throw new ProblemError('wrong-role', `a key of role ${caller.role} cannot be a member`);
  }
  if (caller !== null && body.key !== undefined) {
    throw new ProblemError('invalid-request', 'a caller that has a key brings no second one');
  }
  const group = await context.db.taskGroup.findUnique({ where: { name: params.group } });
  const invitation = await readInvitation(context.secret, body.invitation ?? '', group?.id ?? '');
  const known =
    caller?.participantId ?? (body.key === undefined ? null : await holderOf(context.db, body.key));
  const isMember = group !== null && known !== null && (await isMemberOf(context, group.id, known));
  if (group === null || !(isMember || invitation !== null || group.access === 'open'))
    throw unknownGroup(params.group);
  const from = { by: caller, address: call.address };
  const address = await hashAddress(context, call.address);
  const join = async (tx: Transaction) => {
    const joined = await joinOrEnrol(context, tx, call, {
      group,
      invitation,
      address,
      from,
      labels: body.labels,
      machine: body.machine,
    });
    const signingKey = await admitSigningKey(tx, joined.participantId, body.signingKey, from);
    const { secureAggregation } = settingsOf(group).privacy;
    const of = { groupId: group.id, isVouched: secureAggregation?.vouchedBy !== undefined };
    if (group.isMasked) await noteAwaited(tx, of, [joined.participantId]);
    return { ...joined, signingKey };
  };
  if (body.check) {
    const joined = await undone(context, async (tx) => {
      const { participantId, signingKey } = await join(tx);
      return { participantId, participant: await nameOf(tx, participantId), signingKey };
    });
    const offer = isMember ? {} : { offer: await readOffer(context, group, invitation) };
    const contributedTo = known === null ? null : await latestContribution(context, group.id, known);
    return { ...joined, group: await viewGroup(context, group, caller), key: null, contributedTo, ...offer };
  }
  const { participantId, key, signingKey } = await context.db.$transaction(join).catch(async (error) => {
    // asked twice at once, and the other was first: whose key it is can be seen now
    if (body.key === undefined || (await holderOf(context.db, body.key)) === null) throw error;
    return context.db.$transaction(join);
  });
  context.hints.addMember(participantId, group.id);
  context.nudge(group.id);
  const participant = await nameOf(context.db, participantId);
  return { participant, participantId, group: await viewGroup(context, group, caller), key, signingKey };
}

/** The participant that this key was given to, or null. Throws invalid-key for one that was revoked or has expired. */
async function holderOf(db: Pick<Transaction, 'apiKey' | '$queryRaw'>, key: string): Promise<string | null> {
  const row = await db.apiKey.findUnique({ where: { hash: hashSecret(key) } });
  if (row === null) return null;
  const isOver = row.expiresAt !== null && row.expiresAt <= (await readClock(db));
  if (row.revokedAt !== null || isOver)
    throw new ProblemError('invalid-key', 'this key was revoked or has expired');
  return row.participantId;
}

async function isMemberOf(
  { db }: Pick<Context, 'db'>,
  groupId: string,
  participantId: string,
): Promise<boolean> {
  return (await db.membership.count({ where: { groupId, participantId, endedAt: null } })) > 0;
}

/** The number of the round that it was made for: a workspace that knows of none as late has a copy in use. */
async function latestContribution(
  { db }: Pick<Context, 'db'>,
  groupId: string,
  participantId: string,
): Promise<number | null> {
  const found = await db.contribution.findFirst({
    where: { participantId, madeFor: { groupId } },
    orderBy: { madeFor: { number: 'desc' } },
    select: { madeFor: { select: { number: true } } },
  });
  return found?.madeFor.number ?? null;
}

/** What it calls itself. */
async function nameOf(db: Pick<Transaction, 'participant'>, id: string): Promise<string> {
  const { name, ownName } = await db.participant.findUniqueOrThrow({ where: { id } });
  return ownName ?? name;
}

/** What `work` returns, in a transaction that is rolled back. */
async function undone<Result>({ db }: Context, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const done: Result[] = [];
  const rollBack = new Error('only checked');
  const transaction = db.$transaction(async (tx) => {
    done.push(await work(tx));
    throw rollBack;
  });
  await transaction.catch((error) => {
    if (error !== rollBack) throw error;
  });
  return done[0]!;
}

interface Entrance {
  readonly group: TaskGroupModel;
  /** Of one that was made here for this group. */
  readonly invitation: string | null;
  /** Hashed, for the quota. */
  readonly address: string;
  /** Of its examples; undefined: as told before, or none. */
  readonly labels: readonly string[] | undefined;
  /** What it runs with; undefined: it tells nothing. */
  readonly machine: Machine | undefined;
  /** For the audit trail. */
  readonly from: { readonly by: Caller | null; readonly address: string };
}

interface Joined {
  readonly participantId: string;
  /** Of a participant that was enrolled and brought none. */
  readonly key: string | null;
}

async function joinOrEnrol(
  context: Context,
  tx: Transaction,
  { body, caller }: Call<'joinGroup'>,
  entrance: Entrance,
): Promise<Joined> {
  const known = caller?.participantId ?? (body.key === undefined ? null : await holderOf(tx, body.key));
  if (known !== null) {
    await joinAs(context, tx, known, entrance);
    return { participantId: known, key: null };
  }
  const called = body.name ?? `participant-${randomBytes(4).toString('hex')}`;
  const { id: participantId, name } = await enrol(tx, { name: called, isOwn: true });
  const key = body.key ?? makeKey('participant');
  const data = { role: 'participant' as const, name, hash: hashSecret(key), participantId };
  await tx.apiKey.create({ data });
  const isInvited = await joinAs(context, tx, participantId, entrance);
  if (!isInvited) await countEnrolment(tx, context.limits, entrance.address);
  return { participantId, key: body.key === undefined ? key : null };
}

/**
 * Makes the membership unless it is there (joining is repeatable). An invitation is used up where there is one; who was
 * removed comes again by one only. Returns whether one was used.
 */
async function joinAs(
  { limits }: Context,
  tx: Transaction,
  participantId: string,
  { group, invitation, from, labels, machine }: Entrance,
): Promise<boolean> {
  const member = { groupId: group.id, participantId };
  const key = { groupId_participantId: member };
  const now = await readClock(tx);
  const told = {
    ...(labels === undefined ? {} : { labels: labelsOf(group, labels) }),
    ...(machine ?? { version: null, engine: null, device: null }),
  };
  const online = { lastSeenAt: now, onlineUntil: onlineFor(now), ...told };
  const existing = await tx.membership.findUnique({ where: key });
  if (existing?.endedAt === null) {
    await tx.membership.update({ where: key, data: online });
    return false;
  }
  await assertRoom(tx, limits, { group, participantId });
  const refused =
    invitation === null
      ? unknownGroup(group.name)
      : await spendInvitation(tx, { id: invitation, groupId: group.id }, participantId);
  const isOpen = group.access === 'open' && existing?.ending !== 'removed';
  if (refused !== null && !isOpen) throw refused;
  const awaitsProbe = group.isClustered && existing?.cluster == null;
  // before the membership's row, as where a probe comes
  const locked = awaitsProbe && existing !== null ? await lockGroup(tx, group.id) : null;
  const data = { ...online, awaitsProbe, awaitsKeys: group.isMasked };
  await tx.membership.upsert({
    where: key,
    create: { ...member, ...data },
    update: { ...data, joinedAt: now, endedAt: null, ending: null },
  });
  if (locked !== null) await placeReturned(tx, { ...locked, settings: settingsOf(locked) }, participantId);
  const detail = refused === null ? { invitation } : {};
  const before = { ending: existing?.ending ?? null };
  await audit(tx, { kind: 'member-joined', ...from, groupId: group.id, participantId, detail, before });
  return refused === null;
}

/** Each once, and none that the group has no row for. */
function labelsOf(group: TaskGroupModel, told: readonly string[]): string[] {
  const { task } = settingsOf(group);
  const known = new Set(told);
  return 'labels' in task ? task.labels.filter((label) => known.has(label)) : [];
}
