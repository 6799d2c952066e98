// A client that is killed in mid-round and one that hangs with its socket open, each a process of its own: they cost
// the round at most its deadline, no longer than they count as online once it has its quorum, and nothing when as many
// as it wants have contributed.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { buildCoordinator, type Coordinator } from './coordinator.ts';
import type { DatabaseOptions } from './database/open-database.ts';
import { onOneDatabase } from './testing/databases.ts';
import { adminKey, joinAs, makeGroup, tensors } from './testing/group.ts';

onOneDatabase('killed and hung clients', (database) => {
  let coordinator: Coordinator;
  let options: DatabaseOptions;
  const children: ChildProcess[] = [];
  before(async () => {
    options = await database.create();
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await coordinator.close();
  });

  /** Two who deliver, one killed and one stopped as soon as all four have work; then the two contribute. */
  async function loseTwo(group: string, rounds: object, lost: () => Promise<void> = async () => undefined) {
    const admin = await makeGroup(coordinator.url, { name: group, settings: { rounds } });
    const killed = startClient(coordinator.url, group, `${group}-killed`);
    const hung = startClient(coordinator.url, group, `${group}-hung`);
    children.push(killed.process, hung.process);
    await Promise.all([killed.joined, hung.joined]);
    const ada = await joinAs(coordinator.url, `${group}-ada`, group);
    const bob = await joinAs(coordinator.url, `${group}-bob`, group);
    await Promise.all([killed.working, hung.working]);
    killed.process.kill('SIGKILL');
    hung.process.kill('SIGSTOP');
    await lost();
    for (const one of [ada, bob]) await one.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await ada.until('the commit', ({ state }) => state === 'completed');
    return admin.call('showRound', { params: { group, round: 1 } });
  }

  test('nothing, when the wanted number has come', async () => {
    const cohort = { count: 2 };
    const rounds = {
      count: 1,
      participants: 4,
      quorum: 2,
      cohort,
      overSelection: 2,
      deadlineSeconds: 86_400,
    };
    const round = await loseTwo('wanted', rounds);
    assert.deepEqual([round.cohort, round.wanted, round.contributions, round.state], [4, 2, 2, 'committed']);
    assert.ok(Date.parse(round.committedAt ?? '') < Date.parse(round.deadlineAt));
  });

  const skip = database.kind === 'pglite' && 'the embedded database is opened once';
  test('as long as they count as online, when a quorum has come', { skip }, async () => {
    const rounds = { count: 1, participants: 4, quorum: 2, deadlineSeconds: 86_400 };
    const round = await loseTwo('gone', rounds, async () => {
      // What the coordinator finds out by itself in half a minute to one and a half.
      const db = new pg.Client({ connectionString: options.databaseUrl });
      await db.connect();
      await db.query(`UPDATE "Membership" SET "onlineUntil" = 'epoch' FROM "Participant" p
        WHERE p."id" = "participantId" AND p."name" IN ('gone-killed', 'gone-hung')`);
      await db.end();
    });
    assert.deepEqual([round.cohort, round.contributions, round.state], [4, 2, 'committed']);
    assert.deepEqual(round.missing, ['gone-hung', 'gone-killed']);
    assert.ok(Date.parse(round.committedAt ?? '') < Date.parse(round.deadlineAt));
  });

  test('at most the deadline, with a quorum', async () => {
    const rounds = { count: 1, participants: 4, quorum: 2, deadlineSeconds: 4, retries: 100 };
    const round = await loseTwo('quorum', rounds);
    assert.deepEqual([round.contributions, round.state], [2, 'committed']);
    assert.deepEqual(round.missing, ['quorum-hung', 'quorum-killed']);
  });
});

interface Client {
  readonly process: ChildProcess;
  readonly joined: Promise<void>;
  /** It has an assignment, and trains. */
  readonly working: Promise<void>;
}

const code = `
  import { createApiClient } from '@colora/protocol/api-client';
  import { io } from 'socket.io-client';
  const [url, group, name] = process.argv.slice(1);
  let key = null;
  const api = createApiClient(url, () => key);
  key = (await api.call('joinGroup', { params: { group }, body: { name } })).key;
  io(url, { auth: { key }, transports: ['websocket'] });
  process.stdout.write('joined\\n');
  for (;;) {
    const { round } = await api.call('getAssignment', { params: { group } });
    if (round !== null) process.stdout.write('working\\n');
    await new Promise((done) => setTimeout(done, 50));
  }`;

function startClient(url: string, group: string, name: string): Client {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', code, url, group, name],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  const says = (word: string) =>
    new Promise<void>((done, fail) => {
      child.stdout.on('data', (text: Buffer) => {
        if (text.toString().includes(word)) done();
      });
      child.once('exit', () => fail(new Error(`${name} ended before it was ${word}`)));
    });
  const client = { process: child, joined: says('joined'), working: says('working') };
  for (const promise of [client.joined, client.working]) promise.catch(() => undefined);
  return client;
}
