// The life of a group under random orders of events, on a real database and with several coordinators at work: polls,
// contributions in time, late, twice and at once, deadlines, pauses, cancellations, closers that die. Whatever happens,
// versions have no gaps, and what was acknowledged counts in one committed round, waits in the live one, or is listed
// as refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import type { Acknowledgement, Assignment } from '@colora/protocol/entities';
import { ProblemError } from '@colora/protocol/problems';
import { encode } from '@colora/tensors/safetensors/safetensors';
import fc from 'fast-check';
import type { Context } from './context.ts';
import { putContribution } from './contributions/put-contribution.ts';
import { type Database, openDatabase } from './database/open-database.ts';
import { pauseGroup, startGroup } from './groups/group-handlers.ts';
import { getAssignment } from './rounds/assignment.ts';
import { cancelRound } from './rounds/cancel-round.ts';
import { endGroup, extendGroup } from './rounds/extend-group.ts';
import { keepGroup } from './rounds/round-keeper.ts';
import { makeContext } from './testing/context.ts';
import { onOneDatabase } from './testing/databases.ts';
import { bodyOf, type DirectMember, directAdmin, makeDirectGroup } from './testing/direct-group.ts';
import { hash, tensors } from './testing/group.ts';

const people = 4;

interface Member extends DirectMember {
  work: Assignment['round'];
  readonly acknowledged: { round: number; bytes: Uint8Array; answer: Acknowledgement }[];
}

interface World {
  readonly contexts: readonly Context[];
  readonly group: string;
  readonly groupId: string;
  readonly members: readonly Member[];
  made: number;
}

type Event =
  | { kind: 'poll' | 'contribute' | 'twice' | 'again' | 'leave'; who: number; at: number }
  | { kind: 'keep' | 'pause' | 'start' | 'cancel' | 'more' | 'time' | 'end' | 'late' | 'die'; at: number }
  | { kind: 'keep-all' };

const at = fc.nat(1);
const who = fc.nat(people - 1);
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constantFrom('poll' as const, 'contribute' as const), who, at }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('twice' as const, 'again' as const), who, at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who, at }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('keep' as const, 'late' as const), at }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'keep-all' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'pause' as const,
        'start' as const,
        'cancel' as const,
        'time' as const,
        'die' as const,
      ),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('more' as const, 'end' as const), at }) },
);

const rules = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    participants: fc.integer({ min: 2, max: 3 }),
    quorum: fc.integer({ min: 1, max: 2 }),
    retries: fc.nat(1),
    maxStaleness: fc.nat(2),
    kind: fc.constantFrom('all' as const, 'sample' as const, 'buffered' as const),
  })
  .map(({ kind, ...rounds }) => ({
    ...rounds,
    ...(kind === 'sample' ? { cohort: { count: 2 }, overSelection: 1.5 } : {}),
    ...(kind === 'buffered' ? { mode: 'buffered' as const, bufferSize: 2 } : {}),
  }));

onOneDatabase('random orders', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  test('nothing acknowledged is lost or counted twice', { timeout: 600_000 }, async () => {
    const property = fc.asyncProperty(
      rules,
      fc.array(events, { minLength: 5, maxLength: 30 }),
      async (rounds, list) => {
        const world = await makeWorld(opened, rounds);
        for (const event of list) await happen(world, event).catch(refusedOnly);
        await check(world);
      },
    );
    await fc.assert(property, { numRuns: 25, includeErrorInReport: true, interruptAfterTimeLimit: 120_000 });
  });
});

async function makeWorld(database: Database, rounds: object): Promise<World> {
  const contexts = ['one', 'two'].map((instance) => makeContext(database, instance));
  const [context] = contexts as [Context];
  const group = `g${randomUUID().slice(0, 12)}`;
  const made = await makeDirectGroup(context, { group, rounds, people });
  const members = made.members.map((member): Member => ({ ...member, work: null, acknowledged: [] }));
  return { contexts, group, groupId: made.groupId, members, made: 0 };
}

/** What is refused is refused: every other error is one. */
function refusedOnly(error: unknown): void {
  if (!(error instanceof ProblemError) || error.code === 'internal') throw error;
}

async function happen(world: World, event: Event): Promise<void> {
  const { contexts, group, groupId } = world;
  if (event.kind === 'keep-all') {
    await Promise.all(contexts.map((context) => keepGroup(context, groupId)));
    return;
  }
  const context = contexts[event.at] as Context;
  if ('who' in event) return happenTo(world, world.members[event.who] as Member, event.kind, context);
  const call = {
    params: { group },
    query: undefined as never,
    body: undefined as never,
    caller: directAdmin,
  };
  const live = { groupId, state: 'collecting' as const };
  switch (event.kind) {
    case 'keep':
      return keepGroup(context, groupId);
    case 'pause':
      return void (await pauseGroup(context, call));
    case 'start':
      return void (await startGroup(context, call));
    case 'end':
      return void (await endGroup(context, call));
    case 'more':
      return void (await extendGroup(context, { ...call, body: { rounds: 1 } }));
    case 'time':
      return void (await extendGroup(context, { ...call, body: { seconds: 60 } }));
    case 'late':
      await context.db.round.updateMany({ where: live, data: { deadlineAt: new Date(0) } });
      return;
    case 'cancel': {
      const round = await context.db.round.findFirst({ where: live });
      if (round !== null) await cancelRound(context, { ...call, params: { group, round: round.number } });
      return;
    }
    case 'die': {
      // A closer that claimed a complete round and was heard of no more.
      const data = { state: 'aggregating' as const, closer: 'dead', closerUntil: new Date(0) };
      await context.db.round.updateMany({ where: { ...live, contributed: { gt: 0 } }, data });
    }
  }
}

async function happenTo(world: World, member: Member, kind: string, context: Context): Promise<void> {
  const { group, groupId } = world;
  const { caller, participantId, acknowledged } = member;
  const send = async (on: Context, round: number, bytes: Uint8Array) => {
    const params = { group, round };
    const answer = await putContribution(on, {
      params,
      query: undefined as never,
      body: bodyOf(bytes),
      caller,
    });
    const before = acknowledged.find((one) => one.round === round);
    // Whenever and wherever it is asked again, the answer is the same.
    if (before !== undefined)
      assert.deepEqual({ ...answer, repeated: false }, { ...before.answer, repeated: false });
    else acknowledged.push({ round, bytes, answer });
  };
  if (kind === 'leave') {
    await context.db.membership.updateMany({
      where: { groupId, participantId },
      data: { onlineUntil: new Date(0) },
    });
    return;
  }
  if (kind === 'poll') {
    const call = { params: { group }, query: undefined as never, body: undefined as never, caller };
    member.work = (await getAssignment(context, call)).round ?? member.work;
    return;
  }
  if (kind === 'again') {
    const last = acknowledged.at(-1);
    if (last !== undefined) await send(context, last.round, last.bytes);
    return;
  }
  const { work } = member;
  if (work === null) return;
  const { number: round, version } = work;
  world.made += 1;
  const metadata = encodeContributionMetadata({ kind: 'delta', version, round, examples: 1 });
  const bytes = encode(tensors({ w: [world.made, 1] }), { metadata });
  if (kind !== 'twice') return send(context, round, bytes);
  const results = await Promise.allSettled(world.contexts.map((each) => send(each, round, bytes)));
  for (const result of results) if (result.status === 'rejected') refusedOnly(result.reason);
}

async function check({ contexts, groupId, members }: World): Promise<void> {
  const { db } = contexts[0] as Context;
  const group = await db.taskGroup.findUniqueOrThrow({
    where: { id: groupId },
    include: { checkpoints: true },
  });
  const rounds = await db.round.findMany({ where: { groupId }, orderBy: { number: 'asc' } });
  const rows = await db.contribution.findMany({ where: { round: { groupId } }, include: { blob: true } });
  const refusals = await db.auditEvent.findMany({ where: { groupId, kind: 'contribution-refused' } });

  const versions = group.checkpoints.map(({ version }) => version).sort((a, b) => a - b);
  assert.deepEqual(versions, [...versions.keys()], 'versions without gaps');
  const committed = rounds.filter(({ state }) => state === 'committed');
  assert.deepEqual([group.committedRounds, group.checkpointVersion], [committed.length, versions.length - 1]);
  assert.deepEqual(
    committed.map(({ version }) => version),
    [...committed.keys()],
    'one commit a version',
  );
  assert.deepEqual(
    rounds.map(({ number }) => number),
    [...rounds.keys()].map((index) => index + 1),
  );
  const live = rounds.filter(({ state }) => state !== 'committed' && state !== 'failed');
  assert.ok(live.length <= 1, 'at most one live round');
  for (const { id, contributed } of rounds) {
    assert.equal(rows.filter(({ roundId }) => roundId === id).length, contributed);
  }

  const acknowledged = members.flatMap(({ participantId, acknowledged: all }) =>
    all.map(({ bytes, answer }) => ({ participantId, sha256: hash(bytes), answer })),
  );
  assert.equal(rows.length, acknowledged.length, 'nothing counts that was not acknowledged');
  for (const { participantId, sha256, answer } of acknowledged) {
    const mine = rows.filter((row) => row.participantId === participantId && row.blob.sha256 === sha256);
    assert.equal(mine.length, 1, 'counted once');
    const round = rounds.find(({ id }) => id === mine[0]?.roundId);
    assert.equal(round?.number, answer.round, 'in the round that was acknowledged');
    assert.equal(round?.version, answer.version + answer.staleness);
    const listed = refusals.filter(
      (event) =>
        event.roundId === round?.id &&
        event.participantId === participantId &&
        ['cancelled', 'round-failed'].includes(String((event.detail as { code?: string }).code)),
    );
    assert.equal(listed.length, round?.state === 'failed' ? 1 : 0, 'a failed round’s are listed as refused');
  }
}
