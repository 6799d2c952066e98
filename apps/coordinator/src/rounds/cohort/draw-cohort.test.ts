// Who is asked: the draw inside the database equals the same draw made here from what is stored; those outside the
// cohort wait; hours and absences are kept; more are asked than wanted, and the round closes with the wanted number.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { buildCoordinator } from '../../coordinator.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { onlineFor } from '../../presence/presence.ts';
import { isWithin, type Window } from '../../sql/available-members.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { adminKey, joinAs, makeGroup, settingsRow, tensors } from '../../testing/group.ts';
import { readSituation } from '../read-situation.ts';
import { drawCohort, lotOf } from './draw-cohort.ts';

onOneDatabase('cohorts', (database) => {
  test('a part of the members, by lot, reproducible; the round closes with the wanted number', async () => {
    const options = await database.create();
    const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    const rounds = { count: 2, participants: 8, cohort: { fraction: 0.25 }, overSelection: 1.5, quorum: 2 };
    const admin = await makeGroup(coordinator.url, { settings: { rounds, seed: 7 } });
    const names = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal'];
    const members = await Promise.all(names.map((name) => joinAs(coordinator.url, name)));
    const show = (round: number) => admin.call('showRound', { params: { group: 'group', round } });
    for (const number of [1, 2]) {
      await members[0]?.until('the round', ({ committedRounds }) => committedRounds === number - 1);
      while ((await show(number).catch(() => null)) === null) await members[0]?.assignment();
      const now = await Promise.all(members.map((one) => one.assignment()));
      const asked = members.filter((_, index) => now[index]?.round !== null);
      const { cohort, wanted } = await show(number);
      assert.deepEqual([asked.length, cohort, wanted], [3, 3, 2]);
      await asked[0]?.contribute(tensors({ 'x.shared.A': [1, 1] }));
      await asked[1]?.contribute(tensors({ 'x.shared.A': [1, 1] }));
      await asked[0]?.until('the commit', ({ committedRounds }) => committedRounds === number);
    }
    await coordinator.close();

    const opened = await openDatabase(options);
    try {
      const people = await opened.client.participant.findMany();
      const allLots: string[] = [];
      for (const round of await opened.client.round.findMany({ include: { assignments: true } })) {
        const drawn = round.assignments.map(({ participantId }) => participantId).sort();
        const lots = people.map(({ id }) => ({ id, lot: lotOf(7, { ...round, attempt: 1 }, id) }));
        lots.sort((a, b) => (a.lot < b.lot ? -1 : 1));
        const again = lots.slice(0, 3).map(({ id }) => id);
        assert.deepEqual(drawn, again.sort());
        allLots.push(...lots.map(({ lot }) => lot));
      }
      assert.equal(new Set(allLots).size, 2 * people.length, 'every round draws anew');
    } finally {
      await opened.close();
    }
  });
});

onOneDatabase('availability', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  async function makeMembers(name: string, rounds: TaskSettingsInput['rounds'], members: object[]) {
    const db = opened.client;
    const { id: groupId } = await db.taskGroup.create({
      data: { name, access: 'open', state: 'running', checkpointVersion: 0, ...settingsRow({ rounds }) },
    });
    const ids: string[] = [];
    for (const [index, extra] of members.entries()) {
      const { id } = await db.participant.create({ data: { name: `${name}-${index}` } });
      const membership = { groupId, participantId: id, onlineUntil: onlineFor(new Date()), ...extra };
      await db.membership.create({ data: membership });
      ids.push(id);
    }
    return { groupId, ids };
  }

  test('hours and absences are kept, by the database as by the clock', async () => {
    const hours: Window[][] = [
      [{ from: 0, to: 1440 }],
      [{ from: 1200, to: 420 }],
      [{ from: 420, to: 1200 }],
      [],
      [
        { from: 5, to: 6 },
        { from: 700, to: 721 },
      ],
    ];
    const away = [new Date(Date.now() + 60_000), new Date(Date.now() - 60_000)];
    const { groupId, ids } = await makeMembers('hours', {}, [
      ...hours.map((windows) => ({ windows, onlineUntil: new Date('2100-01-01') })),
      ...away.map((awayUntil) => ({ awayUntil })),
      { onlineUntil: new Date(Date.now() - 1) },
    ]);
    const situation = await readSituation({ db: opened.client }, groupId);
    assert.ok(situation);
    for (const minute of [0, 5, 419, 420, 720, 721, 1199, 1200, 1439]) {
      const now = new Date(Date.UTC(2030, 0, 1, 0, minute));
      const drawn = await drawAt(groupId, minute, now);
      const expected = hours.flatMap((windows, index) => (isWithin(windows, now) ? [ids[index]] : []));
      assert.deepEqual([...drawn].sort(), expected.sort(), `minute ${minute}`);
    }
    const today = await drawAt(groupId, 2000, new Date());
    assert.deepEqual([today.includes(ids[5] ?? ''), today.includes(ids[6] ?? '')], [false, true]);
    assert.equal(today.includes(ids[7] ?? ''), false);
  });

  test('coin flips are even, each member’s by itself, and never the same for the same seed, round and attempt', async () => {
    const members = 120;
    const chance = 0.3;
    const rounds = { sampling: 'poisson' as const, cohort: { fraction: chance }, participants: 4 };
    const { groupId } = await makeMembers('coins', rounds, new Array(members).fill({}));
    const draws: (readonly string[])[] = [];
    for (let number = 0; number < 40; number += 1) draws.push(await drawAt(groupId, number, new Date()));
    const sizes = draws.map(({ length }) => length);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    const spread = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / (sizes.length - 1);
    const variance = members * chance * (1 - chance); // of a binomial; a fixed part of them would have none
    assert.ok(Math.abs(mean - members * chance) < 5 * Math.sqrt(variance / sizes.length), `mean ${mean}`);
    assert.ok(spread > variance / 3 && spread < variance * 3, `variance ${spread}, not about ${variance}`);
    const roundId = (await opened.client.round.findFirstOrThrow({ where: { groupId, number: 1 } })).id;
    const draw = { groupId, roundId, number: 0, attempt: 2, contributed: 0 };
    const { settings } = (await readSituation({ db: opened.client }, groupId))!;
    const again = await drawCohort(opened.client, draw, { rounds: settings.rounds, seed: 0 }, new Date());
    assert.notDeepEqual([...again.participantIds].sort(), [...draws[0]!].sort());
    const asked = await opened.client.assignment.findMany({ where: { roundId } });
    const askedIds = asked.map(({ participantId }) => participantId).sort();
    assert.deepEqual(askedIds, [...again.participantIds].sort(), 'nobody is asked by two coins');
  });

  async function drawAt(groupId: string, number: number, now: Date): Promise<readonly string[]> {
    const db = opened.client;
    const data = { groupId, number: number + 1, version: 0, deadlineAt: now, state: 'failed' as const };
    const { id: roundId } = await db.round.create({ data });
    const { rounds } = (await readSituation({ db }, groupId))?.settings ?? {};
    assert.ok(rounds);
    const draw = { groupId, roundId, number, attempt: 1, contributed: 0 };
    return (await drawCohort(db, draw, { rounds, seed: 0 }, now)).participantIds;
  }
});
