// What SQL says of a group is what the pure predicate says, over all situations fast-check can think of, written to a
// real database: whoever has a step to take is found due, and the round that nobody is left to add to is the same.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { GroupState, RoundState } from '@colora/protocol/entities';
import type { RoundsSettings } from '@colora/protocol/rounds-settings';
import { sqltag } from '@prisma/client/runtime/client';
import fc from 'fast-check';
import { settingsOf } from '../access/stored-settings.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { readClock } from '../sql/database-clock.ts';
import { isRefused, isWaitedFor } from '../sql/reliable-members.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { findDueGroups, hasNobodyLeftSql } from './due-groups.ts';
import { judge } from './early-stop.ts';
import { readSituation } from './read-situation.ts';
import { hasNobodyLeft, isOver, nextStep, type Situation } from './round-states.ts';

const people = 5;
/** So many seconds from now: far from it, since the clock goes on while the test runs. */
const offset = fc.constantFrom(-600, 600);
const wholeDay = [
  { from: 0, to: 720 },
  { from: 720, to: 1440 },
];

const member = fc.record({
  online: fc.constantFrom(600, 600, 600, -600),
  away: fc.constantFrom(null, null, -600, 600),
  hours: fc.constantFrom('none', 'none', 'always', 'never'),
  isAsked: fc.boolean(),
  hasContributed: fc.constantFrom(false, false, true),
  stalled: fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 7, 8, 15),
  refused: fc.constantFrom(null, null, null, 'norm-exceeded', 'too-slow'),
});

const rounds = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    participants: fc.integer({ min: 1, max: 3 }),
    quorum: fc.integer({ min: 1, max: 3 }),
    retries: fc.constantFrom(0, 1, 3),
    mode: fc.constantFrom<RoundsSettings['mode'][]>('synchronous', 'buffered'),
    stopsEarly: fc.boolean(),
    isSampled: fc.boolean(),
  })
  .map(({ stopsEarly, isSampled, quorum, ...more }) => ({
    ...more,
    quorum: Math.min(quorum, more.participants),
    ...(stopsEarly ? { earlyStop: { metric: 'loss', goal: 'lower' as const, patience: 1 } } : {}),
    ...(isSampled && more.mode === 'synchronous' ? { cohort: { fraction: 1 } } : {}),
  }));

/** The usual ones so often that every step is tried. */
const groupStates: readonly GroupState[] = [
  ...new Array<GroupState>(12).fill('running'),
  'draft',
  'ready',
  'paused',
  'completed',
];
const roundStates: readonly RoundState[] = [
  ...new Array<RoundState>(5).fill('collecting'),
  'aggregating',
  'committed',
  'failed',
];

const group = fc.record({
  state: fc.constantFrom(...groupStates),
  checkpointVersion: fc.constantFrom(null, 0, 1, 2, 3, 4),
  committedRounds: fc.nat(3),
  judgedFrom: fc.nat(1),
  rounds,
  members: fc.array(member, { minLength: 1, maxLength: people }),
  /** The losses reported of the checkpoints from 1 on. */
  reports: fc.array(fc.constantFrom(1, 2), { minLength: 2, maxLength: 4 }),
  round: fc.option(
    fc.record({
      state: fc.constantFrom(...roundStates),
      wanted: fc.integer({ min: 0, max: 8 }),
      retries: fc.constantFrom(0, 0, 1),
      deadline: fc.constantFrom(-600, -600, 600),
      lease: fc.option(offset),
    }),
  ),
});

type Group = typeof group extends fc.Arbitrary<infer Made> ? Made : never;

/** The situation as this file counts it, without the database. */
function situationOf(made: Group, settings: RoundsSettings, now: Date): Situation {
  const { members, reports, state, checkpointVersion, committedRounds, judgedFrom } = made;
  const live = made.round !== null && !isOver(made.round.state) ? made.round : null;
  const isAsked = ({ isAsked, hasContributed }: Group['members'][number]) => isAsked || hasContributed;
  const hasContributed = (one: Group['members'][number]) => live !== null && one.hasContributed;
  const isAvailable = ({ online, away, hours }: Group['members'][number]) =>
    online > 0 && (away === null || away < 0) && hours !== 'never';
  const judged = reports
    .map((median, i) => ({ version: i + 1, median }))
    .filter(({ version }) => version > judgedFrom && version <= (checkpointVersion ?? 0));
  const { earlyStop } = settings;
  return {
    group: { state, hasCheckpoint: checkpointVersion !== null, committedRounds },
    rules: settings,
    available: members.filter((one) => isAvailable(one) && !hasContributed(one)).length,
    isAwaited: members.some(
      (one) =>
        live !== null &&
        isAsked(one) &&
        one.online > 0 &&
        isWaitedFor(one.stalled) &&
        !isRefused(one.refused) &&
        !hasContributed(one),
    ),
    isSpent: false, // it is asked in place of opening, and changes nothing of when a group is due
    isStopped: live === null && earlyStop !== undefined && judge(judged, earlyStop).stop,
    round: live && {
      state: live.state,
      contributions: members.filter(hasContributed).length,
      wanted: live.wanted,
      retries: live.retries,
      deadlineAt: at(now, live.deadline),
      closerUntil: live.lease === null ? null : at(now, live.lease),
      masked: null,
    },
  };
}

const at = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000);

onOneDatabase('groups that are due', (database) => {
  let opened: Database;
  let participants: string[];
  before(async () => {
    opened = await openDatabase(await database.create());
    participants = Array.from({ length: people }, () => randomUUID());
    await opened.client.participant.createMany({ data: participants.map((id) => ({ id, name: id })) });
  });
  after(() => opened.close());

  async function write(made: Group, now: Date): Promise<string> {
    const { client: db } = opened;
    const groupId = randomUUID();
    const { state, checkpointVersion, committedRounds, judgedFrom, members, round, reports } = made;
    const row = { id: groupId, name: groupId, access: 'open' as const, state, checkpointVersion };
    const settings = settingsRow({ rounds: made.rounds });
    await db.taskGroup.create({ data: { ...row, committedRounds, judgedFrom, ...settings } });
    await db.membership.createMany({
      data: members.map(({ online, away, hours }, i) => ({
        groupId,
        participantId: participants[i]!,
        onlineUntil: at(now, online),
        awayUntil: away === null ? null : at(now, away),
        ...(hours === 'none' ? {} : { windows: hours === 'always' ? wholeDay : [] }),
      })),
    });
    await db.missedRounds.createMany({
      data: members.flatMap(({ stalled }, i) =>
        stalled === 0 ? [] : [{ groupId, participantId: participants[i]!, missed: stalled, stalled }],
      ),
    });
    const before = { groupId, number: 0, version: 0, state: 'committed' as const, deadlineAt: now };
    const { id: firstRound } = await db.round.create({ data: before }); // it gave the reporter her first checkpoint
    await db.assignment.create({ data: { roundId: firstRound, participantId: participants[0]! } });
    await db.metric.createMany({
      data: reports.map((value, i) => ({
        groupId,
        participantId: participants[0]!,
        round: i + 1,
        name: 'loss',
        value,
      })),
    });
    if (round === null) return groupId;
    const senders = members.flatMap(({ hasContributed }, i) => (hasContributed ? participants[i]! : []));
    const { id: roundId } = await db.round.create({
      data: {
        groupId,
        number: 1,
        version: 0,
        state: round.state,
        wanted: round.wanted,
        contributed: senders.length,
        retries: round.retries,
        deadlineAt: at(now, round.deadline),
        closerUntil: round.lease === null ? null : at(now, round.lease),
      },
    });
    await db.assignment.createMany({
      data: members.flatMap(({ isAsked, hasContributed, refused }, i) =>
        isAsked || hasContributed
          ? [{ roundId, participantId: participants[i]!, refusedCode: refused, refusedAt: refused && now }]
          : [],
      ),
    });
    const sent = senders.map((participantId) => ({ participantId, blobId: randomUUID() }));
    await db.blob.createMany({ data: sent.map(({ blobId }) => ({ id: blobId, sha256: blobId, bytes: 0 })) });
    const figures = { version: 0, weight: 1, norm: 1, examples: 1 };
    await db.contribution.createMany({
      data: sent.map((one) => ({ ...one, ...figures, roundId, madeForId: roundId })),
    });
    return groupId;
  }

  async function withNobodyLeft(now: Date): Promise<Set<string>> {
    const rows = await opened.client.$queryRaw<{ id: string }[]>(sqltag`
      SELECT g."id" FROM "TaskGroup" g
      JOIN "Round" r ON r."groupId" = g."id" AND r."state" IN ('collecting', 'aggregating')
      WHERE ${hasNobodyLeftSql(now)}`);
    return new Set(rows.map(({ id }) => id));
  }

  test('SQL and the pure predicate agree', async () => {
    const { client: db } = opened;
    const taken = new Map<string, number>();
    const left = { yes: 0, no: 0 };
    const numRuns = database.kind === 'pglite' ? 8 : 20; // the SQL is the same, and PGlite takes longer over it
    await fc.assert(
      fc.asyncProperty(fc.array(group, { minLength: 20, maxLength: 24 }), async (groups) => {
        const now = await readClock(db);
        const written = new Map<string, Group>();
        for (const made of groups) written.set(await write(made, now), made);
        const due = new Set(await findDueGroups({ db }));
        const nobodyLeft = await withNobodyLeft(now);
        for (const [id, made] of written) {
          const { rounds } = settingsOf(await db.taskGroup.findUniqueOrThrow({ where: { id } }));
          const situation = situationOf(made, rounds, now);
          const step = nextStep(situation, now);
          const told = JSON.stringify(made);
          const read = await readSituation({ db }, id);
          assert.equal(read && nextStep(read, read.now), step, `what is read leads to another step: ${told}`);
          if (step !== 'wait')
            assert.ok(due.has(id), `its next step is ${step}, and it is not found due: ${told}`);
          if (situation.round !== null) {
            const expected = hasNobodyLeft(situation, situation.round);
            assert.equal(nobodyLeft.has(id), expected, `whether nobody is left: ${told}`);
            left[expected ? 'yes' : 'no'] += 1;
          }
          taken.set(step, (taken.get(step) ?? 0) + 1);
        }
      }),
      { numRuns, endOnFailure: true }, // each run is hundreds of statements: nothing is shrunk, the group is told,
    );
    assert.deepEqual([...taken.keys()].sort(), ['close', 'open', 'pause', 'retry', 'stop', 'wait']); // each was tried
    assert.ok(left.yes > 0 && left.no > 0);
  });
});
