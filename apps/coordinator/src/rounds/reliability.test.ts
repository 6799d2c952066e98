// A member that polls and never sends: a few rounds wait for it as ever, then hardly any does, and draws mostly leave it out,
// until it delivers. The clock is moved by hand; lots are drawn by the database as by the predicate.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { Context } from '../context.ts';
import { putContribution } from '../contributions/put-contribution.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { listParticipants } from '../participants/participant-handlers.ts';
import { isWaitedFor, sitsOut } from '../sql/reliable-members.ts';
import { makeContext } from '../testing/context.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { bodyOf, type DirectMember, directAdmin, makeDirectGroup } from '../testing/direct-group.ts';
import { makeSettings, tensors } from '../testing/group.ts';
import { drawCohort, lotOf } from './cohort/draw-cohort.ts';
import { keepGroup } from './round-keeper.ts';

onOneDatabase('reliability', (database) => {
  let opened: Database;
  let context: Context;
  before(async () => {
    opened = await openDatabase(await database.create());
    context = makeContext(opened, 'one');
  });
  after(() => opened.close());

  async function run(group: string, people: number, rounds: object) {
    const made = await makeDirectGroup(context, { group, rounds, people });
    const { groupId } = made;
    const live = () =>
      opened.client.round.findFirstOrThrow({ where: { groupId }, orderBy: { number: 'desc' } });
    const keep = () => keepGroup(context, groupId);
    const pass = async () => {
      await opened.client.round.updateMany({
        where: { groupId, state: 'collecting' },
        data: { deadlineAt: new Date(0) },
      });
      await keep();
    };
    const send = async ({ caller }: DirectMember, values = [0.1, 0.1]) => {
      const { number: round, version } = await live();
      const metadata = encodeContributionMetadata({ kind: 'delta', version, round, examples: 1 });
      const body = bodyOf(encode(tensors({ w: values }), { metadata }));
      await putContribution(context, { params: { group, round }, query: undefined as never, body, caller });
    };
    const seen = async () => {
      const query = { group, limit: 100, sort: 'name' as const };
      const call = { query, params: undefined as never, body: undefined as never, caller: directAdmin };
      const { items } = await listParticipants(context, call);
      return items.map(({ asked, answered, missed }) => [asked, answered, missed]);
    };
    await keep();
    return { ...made, live, keep, pass, send, seen };
  }

  test('three rounds wait for who never sends, then hardly any; who delivers is waited for again', async () => {
    const rounds = { count: 30, participants: 3, quorum: 2 };
    const { members, live, keep, pass, send, seen } = await run('silent', 3, rounds);
    const [ada, bob, eve] = members as [DirectMember, DirectMember, DirectMember];
    const waitedFor: number[] = [];
    for (let number = 1; number <= 8; number += 1) {
      assert.equal((await live()).number, number);
      await send(ada);
      await send(bob);
      await keep();
      if ((await live()).number > number) continue;
      waitedFor.push(number);
      await pass();
    }
    assert.deepEqual(waitedFor, [1, 2, 3, 8]);
    assert.deepEqual(await seen(), [
      [8, 8, 0],
      [8, 8, 0],
      [8, 0, 8],
    ]);
    const { id: roundId } = await live();
    const asked = await opened.client.assignment.count({
      where: { roundId, participantId: eve.participantId },
    });
    assert.equal(asked, 1, 'she is asked as ever');
    for (const one of [eve, ada, bob]) await send(one);
    await keep();
    assert.deepEqual((await seen()).at(-1), [9, 1, 0]);
    for (const one of [ada, bob]) await send(one);
    await keep();
    assert.equal((await live()).number, 10, 'and waited for again');
  });

  test('nobody waits to the deadline for who was refused; who may send the same again is waited for', async () => {
    const rounds = { count: 30, participants: 3, quorum: 2 };
    const { groupId, members, live, keep, send } = await run('refused', 3, rounds);
    const [ada, bob, eve] = members as [DirectMember, DirectMember, DirectMember];
    const { id: roundId, number } = await live();
    for (const one of [ada, bob]) await send(one);
    const { participantId } = eve;
    const slow = { at: new Date(), code: 'too-slow', why: 'it came too slowly' };
    context.marks.noteRefusal({ roundId, participantId }, slow);
    await context.marks.write();
    await keep();
    assert.equal((await live()).number, number);
    await assert.rejects(send(eve, [4000, 4000]), { code: 'norm-exceeded' });
    await context.marks.write();
    await keep();
    assert.equal((await live()).number, number + 1, 'long before its deadline');
    const { missed, stalled } = await opened.client.missedRounds.findFirstOrThrow({ where: { groupId } });
    assert.deepEqual(
      [missed, stalled],
      [1, 1],
      'whoever is refused again and again is not waited for at all',
    );
  });

  test('who is gone at a round’s end is waited for when it comes back; who was not needed has missed nothing', async () => {
    const { groupId, members, live, keep, pass, send, seen } = await run('asleep', 3, {
      count: 30,
      participants: 3,
      quorum: 2,
    });
    const [ada, bob, eve] = members as [DirectMember, DirectMember, DirectMember];
    const setOnline = (onlineUntil: Date) =>
      opened.client.membership.updateMany({
        where: { groupId, participantId: eve.participantId },
        data: { onlineUntil },
      });
    for (let round = 0; round < 4; round += 1) {
      await setOnline(new Date(Date.now() + 3_600_000));
      await keep();
      const { number } = await live();
      await send(ada);
      await send(bob);
      await keep();
      assert.equal((await live()).number, number, 'she is awaited while she is there');
      await setOnline(new Date(0));
      await keep();
      await pass();
    }
    const { missed } = await opened.client.missedRounds.findFirstOrThrow({ where: { groupId } });
    assert.ok(missed >= 4, `${missed}`);

    const sample = await run('sampled', 3, {
      count: 30,
      participants: 3,
      quorum: 1,
      cohort: { count: 1 },
      overSelection: 3,
    });
    await sample.send(sample.members[0]!);
    await sample.keep();
    assert.equal((await sample.live()).number, 2);
    assert.deepEqual((await sample.seen()).slice(1), [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    assert.equal((await seen()).length, 3);
  });

  test('a round that is tried again counts for those who let the first try down', async () => {
    const { groupId, members, pass, send } = await run('retried', 3, {
      count: 30,
      participants: 3,
      quorum: 2,
    });
    await send(members[0]!);
    await pass();
    const rows = await opened.client.missedRounds.findMany({ where: { groupId } });
    assert.deepEqual(
      rows.map(({ missed, stalled }) => [missed, stalled]),
      [
        [1, 1],
        [1, 1],
      ],
    );
  });

  test('the same cohort is drawn by whoever knows what each missed; who delivers nothing is drawn more rarely', async () => {
    const { groupId, members } = await run('drawn', 40, {
      count: 1,
      participants: 41,
      cohort: { count: 10 },
    });
    const missedBy = (index: number) => [0, 3, 6, 9][index % 4]!;
    await opened.client.missedRounds.createMany({
      data: members.map(({ participantId }, index) => ({
        groupId,
        participantId,
        missed: missedBy(index),
        stalled: 0,
      })),
    });
    const settings = taskSettingsSchema.parse(
      makeSettings({ rounds: { participants: 41, cohort: { count: 10 } }, seed: 3 }),
    );
    let unreliable = 0;
    for (let number = 100; number < 110; number += 1) {
      const round = await opened.client.round.create({
        data: { groupId, number, version: 0, state: 'failed', deadlineAt: new Date() },
      });
      const draw = { groupId, roundId: round.id, number, attempt: 1, contributed: 0 };
      const { participantIds } = await drawCohort(opened.client, draw, settings, new Date());
      const again = members
        .map(({ participantId }, index) => {
          const lot = lotOf(3, draw, participantId);
          return { participantId, order: `${sitsOut(missedBy(index), lot) ? 1 : 0}${lot}` };
        })
        .sort((one, other) => (one.order < other.order ? -1 : 1))
        .slice(0, 10);
      assert.deepEqual([...participantIds].sort(), again.map(({ participantId }) => participantId).sort());
      const isReliable = new Set(members.filter((_, i) => missedBy(i) === 0).map((one) => one.participantId));
      unreliable += participantIds.filter((id) => !isReliable.has(id)).length;
    }
    assert.ok(
      unreliable > 0 && unreliable < 60,
      `${unreliable} of 100 places, and of all members they are 75 %`,
    );
  });

  test('a wait comes back after ever more rounds', () => {
    const waited = Array.from({ length: 64 }, (_, stalled) => stalled).filter(isWaitedFor);
    assert.deepEqual(waited, [0, 1, 2, 7, 15, 31, 63]);
  });
});
