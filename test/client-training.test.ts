// Whole trainings: the real coordinator, the real daemon, the real trainer on the shipped model.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTaskGroup } from '@colora/cli/create-group';
import type { LogLine } from '@colora/client/client-log';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions, ClientProgress } from '@colora/client/session/client-options';
import { readTrained } from '@colora/client/trained';
import { fixturesFolder } from '@colora/models/testing-references';
import { useMembers } from './support/members.ts';
import { reviews } from './support/people.ts';
import { makeGroup, smallSettings, useSystem } from './support/system.ts';

const system = useSystem();
const members = useMembers(system);

function optionsOf(group: string, person: number) {
  return members.options(group, `${person}`, {
    name: `${group}-${person}`,
    examples: reviews(person, 8),
    heldOut: reviews(person + 5, 4),
    backoff: { baseSeconds: 0.05, capSeconds: 0.2 },
  });
}

async function roundsOf(group: string) {
  const { items } = await system.admin.call('listRounds', { params: { group } });
  return items.map(({ number, state, contributions }) => ({ number, state, contributions })).reverse();
}

const twoWholeRounds = [
  { number: 1, state: 'committed', contributions: 2 },
  { number: 2, state: 'committed', contributions: 2 },
];

test('two members, two rounds: every round counts both, figures are reported, the outbox is empty', async () => {
  const group = 'with-socket';
  await makeGroup(system, group);
  const seen: ClientProgress[] = [];
  const [first, second] = await Promise.all([
    runClient({ ...optionsOf(group, 1), onProgress: (event) => seen.push(event) }),
    runClient(optionsOf(group, 2)),
  ]);
  assert.equal(first.state, 'completed');
  assert.deepEqual([first.rounds, second.rounds], [2, 2]);
  assert.deepEqual([first.participant, second.participant], [`${group}-1`, `${group}-2`]);
  assert.equal(first.examples, 8);
  assert.ok(Number.isFinite(first.loss) && first.accuracy !== undefined);
  assert.deepEqual(await roundsOf(group), twoWholeRounds);
  const { items } = await system.admin.call('listMetrics', {
    params: { group },
    query: { name: 'accuracy' },
  });
  const ofFirst = items.filter((item) => item.participant === first.participant);
  assert.deepEqual(ofFirst.map((item) => item.round).sort(), [1, 2]);
  assert.equal(ofFirst.find((item) => item.round === 2)?.value, first.accuracy);
  const kinds = new Set(seen.map((event) => event.kind));
  assert.deepEqual(
    [...kinds].filter((kind) => kind !== 'waiting' && kind !== 'working'), // how often depends on the machine
    ['joined', 'training', 'step', 'contributed', 'evaluated', 'completed'],
  );
  assert.deepEqual(await readdir(join(system.folder, `${group}-1`, group, 'outbox')), []);
  const trained = await readTrained(join(system.folder, `${group}-1`), group);
  assert.equal(trained.version, 2);
  assert.ok((trained.personal?.size ?? 0) > 0);
});

test('the same with the socket blocked: polling is enough', async () => {
  const group = 'poll-only';
  await makeGroup(system, group);
  const outcomes = await Promise.all([
    runClient({ ...optionsOf(group, 1), socket: false }),
    runClient({ ...optionsOf(group, 2), socket: false }),
  ]);
  assert.deepEqual(
    outcomes.map(({ rounds, state }) => [rounds, state]),
    [
      [2, 'completed'],
      [2, 'completed'],
    ],
  );
  assert.deepEqual(await roundsOf(group), twoWholeRounds);
});

test('stopped by its signal and started again, it goes on where it was', async () => {
  const group = 'stop-and-go';
  await makeGroup(system, group, { rounds: { count: 3, participants: 1 } });
  const stop = new AbortController();
  const stopped = await runClient({
    ...optionsOf(group, 1),
    signal: stop.signal,
    onProgress: (event) => event.kind === 'contributed' && stop.abort(),
  });
  assert.equal(stopped.state, 'stopped');
  assert.ok(stopped.rounds >= 1);
  const done = await runClient(optionsOf(group, 1));
  assert.equal(done.state, 'completed');
  assert.equal(stopped.rounds + done.rounds, 3);
  assert.deepEqual(
    (await roundsOf(group)).map((round) => round.contributions),
    [1, 1, 1],
  );
});

test('a newcomer to a completed group trains only the personal part, once', async () => {
  const group = 'with-newcomer';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  await runClient(optionsOf(group, 1));
  const version = (await system.admin.call('showGroup', { params: { group } })).checkpoint;
  const told: string[] = [];
  const log = ({ level, message }: LogLine) => level === 'warn' && told.push(message);
  const newcomer = { ...optionsOf(group, 2), personaliseSteps: 3, log };
  await runClient({ ...newcomer, personaliseSteps: undefined });
  assert.match(told.splice(0).join(), /personal part has learnt nothing yet.*--personalise-steps 32/);
  const steps: string[] = [];
  const onProgress: ClientOptions['onProgress'] = (event) =>
    event.kind === 'step' && steps.push(`${event.step}/${event.steps}`);
  const outcome = await runClient({ ...newcomer, onProgress });
  assert.deepEqual([told, steps], [[], ['1/3', '2/3', '3/3']]);
  assert.deepEqual([outcome.rounds, outcome.state], [0, 'completed']);
  const first = await readTrained(newcomer.workspace, group);
  await runClient(newcomer);
  assert.match(told.splice(0).join(), /already trained alone for 3 steps at checkpoint 1.*another number/);
  assert.deepEqual(await readTrained(newcomer.workspace, group), first);
  assert.deepEqual((await system.admin.call('showGroup', { params: { group } })).checkpoint, version);
  // who took part keeps the personal part of the rounds
  const before = await readTrained(join(system.folder, `${group}-1`), group);
  await runClient({ ...optionsOf(group, 1), personaliseSteps: 3 });
  assert.deepEqual(await readTrained(join(system.folder, `${group}-1`), group), before);
});

test('a daemon that stays tells the new number of rounds after extend, and a later one begins with it', async () => {
  const group = 'extended';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  const stop = new AbortController();
  const told: string[] = [];
  const onProgress: ClientOptions['onProgress'] = (event) => {
    if ('of' in event) told.push(`${event.kind} ${event.round}/${event.of}`);
    if (event.kind !== 'completed') return;
    if (event.rounds === 2) return stop.abort();
    void system.admin.call('extendGroup', { params: { group }, body: { rounds: 1 } });
  };
  const opened = optionsOf(group, 1);
  await runClient({ ...opened, onProgress, until: 'forever', signal: stop.signal });
  const whole = ['joined 0/1', 'training 1/1', 'contributed 1/1', 'training 2/2', 'contributed 2/2'];
  assert.deepEqual(told.splice(0), whole);
  await runClient({ ...opened, onProgress, until: 'completed' });
  assert.deepEqual(told, ['joined 2/2']);
});

test('a paused group waits, and goes on when it is started again', async () => {
  const group = 'paused';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  await system.admin.call('pauseGroup', { params: { group } });
  const waited: string[] = [];
  const outcome = runClient({
    ...optionsOf(group, 1),
    onProgress(event) {
      if (event.kind !== 'waiting') return;
      waited.push(event.why);
      if (waited.length === 1) void system.admin.call('startGroup', { params: { group } });
    },
  });
  assert.equal((await outcome).rounds, 1);
  assert.match(waited[0]!, /paused/);
});

test('every layout and kind of head trains and is completed', async () => {
  const cases = [
    { adapter: { layout: 'dual' as const }, head: 'both' as const },
    { adapter: { layout: 'global' as const }, head: 'by-label' as const },
    { adapter: { layout: 'alone' as const }, head: 'personal' as const },
    { adapter: { layout: 'share-a' as const }, head: 'personal' as const },
    { adapter: { layout: 'frozen-a' as const }, head: 'by-label' as const },
  ];
  for (const { adapter, head } of cases) {
    const group = `layout-${adapter.layout}`;
    await makeGroup(system, group, {
      adapter: { ...adapter, rank: 2, alpha: 2, targets: ['pooler'] },
      rounds: { count: 1, participants: 1 },
      head,
    });
    assert.equal((await runClient(optionsOf(group, 1))).rounds, 1, adapter.layout);
  }
});

test('words without tokens, in the data and held out, are told with their lines and leave no figures', async () => {
  const baseModel = `${fixturesFolder}tiny-bert`;
  const settings = smallSettings({ rounds: { count: 1, participants: 1 } });
  await createTaskGroup(system.admin, {
    name: 'words',
    access: 'open',
    baseModel,
    settings: {
      ...settings,
      task: { kind: 'token-classification', labels: ['O', 'B-WHO'], maxTokens: 16 },
      adapter: { rank: 2, alpha: 2, targets: ['all-linear'] },
    },
  });
  await system.admin.call('startGroup', { params: { group: 'words' } });
  const tagged = JSON.stringify({ tokens: ['the', 'cat'], tags: ['O', 'B-WHO'] });
  const nothing = JSON.stringify({ tokens: ['\u200b'], tags: ['O'] });
  const [dataPath, heldOutPath] = [join(system.folder, 'mine.jsonl'), join(system.folder, 'test.jsonl')];
  await writeFile(dataPath, `${tagged}\n${nothing}\n${tagged}\n`);
  await writeFile(heldOutPath, `${nothing}\n`);
  const warnings: string[] = [];
  const { examples: _, ...options } = members.options('words', 'ann', {
    baseModel,
    dataPath,
    heldOutPath,
    socket: false,
    log: ({ level, message }) => level === 'warn' && warnings.push(message),
  });
  const outcome = await runClient(options);
  assert.deepEqual([outcome.state, outcome.rounds, outcome.examples], ['completed', 1, 2]);
  assert.deepEqual([outcome.accuracy, outcome.loss], [undefined, undefined]);
  assert.deepEqual(warnings, [
    `1 of 3 examples hold nothing to learn within 16 tokens and are left out: ${dataPath}:2`,
    `1 of 1 examples hold nothing to judge by within 16 tokens and are left out: ${heldOutPath}:1`,
  ]);
  const { total } = await system.admin.call('listMetrics', {
    params: { group: 'words' },
    query: { limit: 10 },
  });
  assert.equal(total, 0);
});
