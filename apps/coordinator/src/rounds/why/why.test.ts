// What people are told of a group: by name for who runs it, nobody else's name for a member; each member's way through a round; and
// that the first reason is the cause of the very step that the coordinator takes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { Context } from '../../context.ts';
import { putContribution } from '../../contributions/put-contribution.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { getCheckpoint } from '../../groups/checkpoint-handlers.ts';
import { pauseGroup, startGroup } from '../../groups/group-handlers.ts';
import type { Caller } from '../../keys/key-ring.ts';
import { forgetParticipant } from '../../leaving/forget-participant.ts';
import { listParticipants } from '../../participants/participant-handlers.ts';
import { putErrorReport } from '../../participants/report-handlers.ts';
import { makeContext } from '../../testing/context.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { bodyOf, type DirectMember, directAdmin, makeDirectGroup } from '../../testing/direct-group.ts';
import { tensors } from '../../testing/group.ts';
import { getAssignment } from '../assignment.ts';
import { keepGroup } from '../round-keeper.ts';
import { explainGroup } from './explain-group.ts';
import { showTimeline } from './show-timeline.ts';

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

onOneDatabase('why a group is where it is', (database) => {
  let opened: Database;
  let context: Context;
  before(async () => {
    opened = await openDatabase(await database.create());
    context = makeContext(opened, 'one');
  });
  after(() => opened.close());

  const asked = { query: undefined as never, body: undefined as never };
  const why = (group: string, caller: Caller = directAdmin) =>
    explainGroup(context, { ...asked, params: { group }, caller });
  const codes = async (group: string, caller?: Caller) =>
    (await why(group, caller)).reasons.map(({ code, participant }) => [code, participant]);
  const poll = (group: string, { caller }: DirectMember) =>
    getAssignment(context, { ...asked, params: { group }, caller });
  const send = async (group: string, { caller }: DirectMember, values: [number, number], round = 1) => {
    const metadata = encodeContributionMetadata({ kind: 'delta', version: round - 1, round, examples: 1 });
    const body = bodyOf(encode(tensors({ w: values }), { metadata }));
    await putContribution(context, { params: { group, round }, query: undefined as never, body, caller });
  };
  const download = (group: string, { caller }: DirectMember) =>
    getCheckpoint(context, {
      ...{ params: { group, version: 'latest' }, query: { encoding: 'f32' } },
      ...{ body: undefined as never, caller },
    });
  const timeline = (group: string, round = 1) =>
    showTimeline(context, {
      ...asked,
      ...{ params: { group, round }, query: { limit: 100 }, caller: directAdmin },
    });

  test('a live round: how far each is, who is gone, who was refused and why, usual times; a member hears of itself alone', async () => {
    const group = 'live';
    const rounds = { count: 30, participants: 4, quorum: 3, deadlineSeconds: 600 };
    const { groupId, members } = await makeDirectGroup(context, { group, rounds, people: 5 });
    const [ada, bob, cat, dan, eve] = members as [DirectMember, ...DirectMember[]] as DirectMember[] & {
      length: 5;
    };
    await keepGroup(context, groupId);
    assert.deepEqual(
      (await codes(group)).map(([code]) => code),
      ['still-time', ...Array.from({ length: 5 }, () => 'not-told')],
    );
    for (const one of [ada, bob, cat, eve]) await poll(group, one!);
    const answer = await download(group, bob!);
    answer.onBegin?.();
    await context.marks.write();
    assert.deepEqual((await codes(group)).filter(([, participant]) => participant !== null).sort(), [
      ['downloads', 'live-1'],
      ['not-told', 'live-3'],
      ['trains', 'live-0'],
      ['trains', 'live-2'],
      ['trains', 'live-4'],
    ]);
    answer.onEnd?.();
    await send(group, ada!, [0.1, 0.1]);
    await assert.rejects(send(group, bob!, [4000, 4000]), /its L2 norm is/);
    await opened.client.membership.updateMany({
      where: { groupId, participantId: eve!.participantId },
      data: { onlineUntil: minutesAgo(20), lastSeenAt: minutesAgo(21) },
    });
    await context.marks.write();

    const told = await why(group);
    assert.equal(told.step, 'wait');
    const texts = told.reasons.map(({ text }) => text).join('\n');
    assert.match(texts, /^round 1 has 1 of 5 contributions and needs 3: .* at its deadline in 10 min/);
    assert.match(
      texts,
      /live-1 sent for round 1 was refused \d+ s ago: its L2 norm is 5657, and its round takes at most \d+.*\(norm-exceeded\)/,
    );
    assert.match(texts, /live-4 is offline: not heard of for 21 min/);
    assert.match(texts, /live-2 has been training for \d s\n/);
    assert.doesNotMatch(texts, /live-0/, 'who has contributed keeps nobody waiting');
    assert.match(told.reasons.find(({ code }) => code === 'refused')?.mend ?? '', /look for odd examples/);

    const heard = JSON.stringify(await why(group, bob!.caller));
    assert.match(heard, /live-1 sent for round 1 was refused/);
    for (const other of ['live-0', 'live-2', 'live-3', 'live-4']) assert.ok(!heard.includes(other), heard);
    assert.equal((await codes(group, ada!.caller)).length, 1, 'of others it is told only what the round has');

    await send(group, cat!, [0.1, 0.1]);
    await send(group, dan!, [0.1, 0.1]);
    await context.marks.write();
    await opened.client.round.updateMany({
      where: { groupId },
      data: { openedAt: minutesAgo(5), deadlineAt: minutesAgo(0) },
    });
    await keepGroup(context, groupId);
    const { state, last, items, total, closingAt, closedAt } = await timeline(group);
    assert.deepEqual([state, last?.participant, total], ['committed', 'live-3', 5]);
    assert.ok(closingAt !== null && closedAt !== null && closingAt <= closedAt);
    const outcomes = Object.fromEntries(items.map(({ participant, outcome }) => [participant, outcome]));
    assert.deepEqual(outcomes, {
      ...{ 'live-0': 'counted', 'live-1': 'refused', 'live-2': 'counted' },
      ...{ 'live-3': 'counted', 'live-4': 'missing' },
    });
    const first = items[0]!;
    assert.ok(
      [first.joinedAt, first.trainedAt, first.uploadedAt, first.countedAt].every((at) => at !== null),
    );
    assert.equal(items.find(({ participant }) => participant === 'live-1')?.refused?.code, 'norm-exceeded');

    // the next round waits again, and says what went before
    await poll(group, bob!);
    await context.marks.write();
    const next = (await why(group)).reasons.map(({ text }) => text).join('\n');
    assert.match(next, /^round 2 has 0 of 4 /);
    assert.match(next, /round 1 was committed \d+ s ago, 5 min after it opened, with 3 contributions/);
    assert.match(next, /live-3 was the last in round 1, 5 min after it opened; half were in after 5 min/);
    assert.match(next, /live-1 sent for round 1 was refused/);
    assert.match(next, /live-1 has been training for \d s \(usually \d s\)/);
    const others = (await why(group, cat!.caller)).reasons.map(({ text }) => text).join('\n');
    assert.doesNotMatch(others, /live-[0134]/);

    const list = await listParticipants(context, {
      ...{ params: undefined as never, body: undefined as never, caller: directAdmin },
      query: { group, limit: 100, sort: 'name' as const },
    });
    const { usual } = list.items.find(({ name }) => name === 'live-0')!;
    assert.ok(usual?.training !== null && usual!.training! < 60 && usual?.upload !== null);
  });

  test('a round that can’t come to its quorum with what was refused says so, to who runs the group', async () => {
    const group = 'short';
    const rounds = { count: 3, participants: 2, quorum: 2 };
    const { groupId, members } = await makeDirectGroup(context, { group, rounds, people: 2 });
    const [ada, bob] = members as [DirectMember, DirectMember];
    await keepGroup(context, groupId);
    for (const one of members) await poll(group, one);
    await send(group, ada, [0.1, 0.1]);
    assert.ok(!(await codes(group)).some(([code]) => code === 'out-of-reach'));
    await assert.rejects(send(group, bob, [4000, 4000]), { code: 'norm-exceeded' });
    await context.marks.write();
    const { reasons } = await why(group);
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['still-time', 'out-of-reach', 'refused'],
    );
    assert.match(reasons[1]!.text, /round 1 comes to 1 at most of the 2 that it needs/);
    assert.match(reasons[1]!.mend ?? '', /colora rounds cancel short 1 /);
    for (const one of members)
      assert.ok(!(await codes(group, one.caller)).some(([code]) => code === 'out-of-reach'));
  });

  test('no round: not enough members, each with why it can’t be asked; paused by whom and since when; what a member sees', async () => {
    const group = 'idle';
    const rounds = { count: 30, participants: 4, quorum: 2 };
    const { groupId, members } = await makeDirectGroup(context, { group, rounds, people: 4 });
    const set = (one: number, data: object) =>
      opened.client.membership.updateMany({
        where: { groupId, participantId: members[one]!.participantId },
        data,
      });
    await set(0, { onlineUntil: minutesAgo(180), lastSeenAt: minutesAgo(181) });
    await set(1, { awayUntil: minutesAgo(-90) });
    await set(2, { windows: [] });
    await keepGroup(context, groupId);
    const { reasons, step } = await why(group);
    assert.equal(step, 'wait');
    assert.deepEqual(reasons.map(({ text }) => text).sort(), [
      'idle-0 is offline: not heard of for 3.0 h',
      'idle-1 has said that it is away for another 1.5 h',
      'idle-2 is online, outside the hours in which it may be asked',
      'no round can open: 4 members are needed who can be asked, and of its 4 members 1 can be',
    ]);
    assert.deepEqual(await codes(group, members[3]!.caller), [['members-missing', null]]);
    assert.deepEqual(await codes(group, members[2]!.caller), [
      ['members-missing', null],
      ['outside-hours', 'idle-2'],
    ]);
    await set(0, { endedAt: new Date() });
    const fewer = (await why(group)).reasons[0];
    assert.equal(fewer?.text, 'no round can open: 4 members are needed, and it has 3');
    assert.match(fewer?.mend ?? '', /^for more members: colora groups invite idle; for rounds of fewer: /);

    await pauseGroup(context, { ...asked, params: { group }, caller: directAdmin });
    const [paused, ...more] = (await why(group)).reasons;
    assert.match(paused?.text ?? '', /^it has been paused for \d+ s: paused by admin$/);
    assert.deepEqual([paused?.mend, more], ['colora groups start idle', []]);
    const stranger = { ...members[1]!.caller, participantId: 'nobody' };
    await assert.rejects(why(group, stranger), { code: 'unknown-group' });
    await startGroup(context, { ...asked, params: { group }, caller: directAdmin });
    assert.equal((await codes(group))[0]?.[0], 'members-missing');
  });

  test('what a member told of its ending: shown with advice until it is there again, to who runs the group and itself; one in ten seconds', async () => {
    const group = 'ended';
    const { groupId, members } = await makeDirectGroup(context, {
      ...{ group, rounds: { count: 3, participants: 3, quorum: 2 }, people: 2 },
    });
    const [ada, bob] = members as [DirectMember, DirectMember];
    const tell = ({ caller }: DirectMember, cause: 'not-enough-memory' | 'ENOSPC') =>
      putErrorReport(context, {
        ...{ params: { group }, query: undefined as never, caller },
        body: { exit: 'noMemory', cause, round: 7 },
      });
    const leave = () =>
      opened.client.membership.updateMany({
        where: { groupId, participantId: ada.participantId },
        data: { onlineUntil: minutesAgo(1), lastSeenAt: minutesAgo(0) },
      });
    await leave();
    assert.deepEqual(await tell(ada, 'not-enough-memory'), { kept: true });
    assert.deepEqual(await tell(ada, 'ENOSPC'), { kept: false }, 'a daemon that is started again and again');
    const written = await opened.client.auditEvent.count({ where: { groupId, kind: 'error-reported' } });
    assert.equal(written, 1);
    const told = (await why(group)).reasons.find(({ code }) => code === 'reported');
    assert.match(
      told?.text ?? '',
      /^ended-0 told \d+ s ago that its daemon ended, in round 7: a training step needs more memory than its machine has, or than it allows \(not-enough-memory\)$/,
    );
    assert.match(told?.mend ?? '', /--fit-memory/);
    assert.ok((await codes(group, ada.caller)).some(([code]) => code === 'reported'));
    assert.ok(!JSON.stringify(await why(group, bob.caller)).includes('ended-0'));
    const lastErrors = async () => {
      const { items } = await listParticipants(context, {
        ...{ params: undefined as never, body: undefined as never, caller: directAdmin },
        query: { group, limit: 100, sort: 'name' as const },
      });
      return items.map(({ lastError }) => lastError?.cause ?? null);
    };
    assert.deepEqual(await lastErrors(), ['not-enough-memory', null]);
    await opened.client.memberReport.updateMany({ where: { groupId }, data: { toldAt: minutesAgo(3) } });
    assert.ok(
      (await why(group)).reasons.every(({ code }) => code !== 'reported'),
      'it was there again since',
    );
    assert.deepEqual(await lastErrors(), ['not-enough-memory', null]);
    assert.deepEqual(await tell(ada, 'ENOSPC'), { kept: true });
    assert.deepEqual(await lastErrors(), ['ENOSPC', null]);
    await opened.client.$transaction((tx) => forgetParticipant(tx, ada.participantId, null));
    assert.equal(await opened.client.memberReport.count({ where: { groupId } }), 0);
  });

  test('marks wait for nobody’s rows, and what is held now is written a moment later', async () => {
    const group = 'held';
    const { groupId, members } = await makeDirectGroup(context, {
      ...{ group, rounds: { count: 3, participants: 2, quorum: 2 }, people: 2 },
    });
    await keepGroup(context, groupId);
    const { id: roundId } = await opened.client.round.findFirstOrThrow({ where: { groupId } });
    const whose = { roundId, participantId: members[0]!.participantId };
    context.marks.note(whose, 'toldAt', minutesAgo(2));
    context.marks.note(whose, 'toldAt', minutesAgo(1));
    context.marks.note({ roundId, participantId: 'who-was-never-asked' }, 'toldAt', minutesAgo(1));
    context.marks.noteRefusal(whose, {
      at: minutesAgo(1),
      code: 'wrong-tensors',
      why: `a\0${'x'.repeat(5000)}\ud800`,
    });
    if (database.kind === 'postgres')
      await opened.client.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT 1 FROM "Assignment" WHERE "roundId" = ${roundId} FOR UPDATE`;
        await context.marks.write();
      });
    const read = () =>
      opened.client.assignment.findUniqueOrThrow({ where: { roundId_participantId: whose } });
    if (database.kind === 'postgres') assert.equal((await read()).toldAt, null);
    await context.marks.write();
    const { toldAt, refusedWhy } = await read();
    assert.ok(Math.abs(toldAt!.getTime() - minutesAgo(2).getTime()) < 5_000, 'the first of its kind stays');
    assert.equal(refusedWhy?.length, 300);
  });
});
