// A coordinator and three daemons as processes: kill -9 the coordinator in mid-round and between rounds, a daemon in mid-step,
// start them again. Every acknowledged contribution counts exactly once, and the end is that of a run that nobody disturbed.
// What a killed coordinator finds on each database is the coordinator's restart.test.ts.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readTrained } from '@colora/client/trained';
import type { DatabaseOptions } from '@colora/coordinator/database/open-database';
import { onOneDatabase } from '@colora/coordinator/testing/databases';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { RoundDetail } from '@colora/protocol/entities';
import { norm, subtract } from '@colora/tensors/arithmetic';
import { freePort } from './support/free-port.ts';
import { reviews, writeReviews } from './support/people.ts';
import { killHard, type Running, startColora } from './support/processes.ts';
import { adminKey, makeGroup, shippedBaseModel } from './support/system.ts';

const people = ['anna', 'ben', 'cleo'] as const;
type Person = (typeof people)[number];
const rounds = 5;

onOneDatabase('kill and resume', (database) => {
  let options: DatabaseOptions;
  let folder = '';
  let baseModel = '';
  let port = 0;
  let coordinator: Running;
  let admin: ApiClient;
  const keys = new Map<Person, string>();
  const alive = new Set<Running>();

  before(async () => {
    options = await database.create();
    folder = await mkdtemp(join(tmpdir(), 'colora-kill-'));
    baseModel = await shippedBaseModel();
    port = await freePort();
    coordinator = await startCoordinator();
    admin = createApiClient(`http://127.0.0.1:${port}`, () => adminKey);
    for (const name of people) {
      keys.set(name, (await admin.call('createKey', { body: { role: 'participant', name } })).key);
    }
  });
  after(async () => {
    for (const running of alive) await killHard(running);
    await rm(folder, { recursive: true, force: true });
  });

  async function startCoordinator(): Promise<Running> {
    const { databaseUrl, dataFolder } = options;
    const running = start(
      ['coordinator', '--port', String(port), '--data', dataFolder, '--log-level', 'warn'],
      { COLORA_ADMIN_KEY: adminKey, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
    );
    await running.says(/coordinator at/);
    return running;
  }

  async function startDaemon(group: string, person: Person): Promise<Running> {
    const data = await writeReviews(folder, person, reviews(people.indexOf(person), 12));
    const where = ['--workspace', workspaceOf(group, person), '--base-model', baseModel, '--threads', '1'];
    const seed = String(people.indexOf(person)); // the same batches in both runs
    const who = ['--group', group, '--key', keys.get(person)!, '--data', data, '--seed', seed];
    return start(['join', `http://127.0.0.1:${port}`, ...who, ...where]);
  }

  function start(args: readonly string[], env: Record<string, string> = {}): Running {
    const running = startColora(args, { env });
    alive.add(running);
    void running.ended.then(() => alive.delete(running));
    return running;
  }

  const workspaceOf = (group: string, person: Person) => join(folder, `${group}-${person}`);

  async function prepare(group: string): Promise<void> {
    // they come with new workspaces each time, whose keys to sign with are others
    for (const participant of people) await admin.call('resetSigningKey', { params: { participant } });
    await makeGroup({ admin, baseModel }, group, {
      training: { personalSteps: 8, sharedSteps: 8, batchSize: 4 },
      rounds: { count: rounds, participants: people.length, quorum: people.length },
    });
  }

  const roundOf = (group: string, round: number) => admin.call('showRound', { params: { group, round } });

  /** Asks until `round` has at least so many contributions. */
  async function collected(group: string, round: number, contributions: number): Promise<RoundDetail> {
    for (;;) {
      const detail = await roundOf(group, round).catch(() => null);
      if (detail !== null && detail.contributions >= contributions) return detail;
      await delay(20);
    }
  }

  test('the end is that of an undisturbed run', async () => {
    await prepare('undisturbed');
    const quiet = await Promise.all(people.map((person) => startDaemon('undisturbed', person)));
    for (const { ended } of quiet) assert.equal((await ended).status, 0, (await ended).stderr);

    const group = 'disturbed';
    await prepare(group);
    const [anna, ben, cleo] = await Promise.all(people.map((person) => startDaemon(group, person)));
    assert.ok(anna && ben && cleo);

    // In mid-round: one daemon stands still in its first step (which compiles, and so takes a while), the
    // two others' contributions are acknowledged.
    await cleo.says(/round 1 of \d+: training/);
    cleo.child.kill('SIGSTOP');
    const before = await collected(group, 1, 2);
    assert.deepEqual([before.state, before.missing], ['collecting', ['cleo']]);
    await killHard(coordinator);
    cleo.child.kill('SIGCONT');
    coordinator = await startCoordinator();

    // In mid-step: a daemon dies while it trains, and is started again.
    await ben.says(/round 3 of \d+: training/);
    await killHard(ben);
    assert.equal((await ben.ended).status, null);
    const benAgain = await startDaemon(group, 'ben');

    // At any moment: whatever the coordinator is doing as round 4 has its first contribution.
    await collected(group, 4, 1);
    await killHard(coordinator);
    coordinator = await startCoordinator();

    for (const { ended } of [anna, benAgain, cleo]) {
      assert.equal((await ended).status, 0, (await ended).stderr);
    }
    const shown = await admin.call('showGroup', { params: { group } });
    assert.deepEqual(
      [shown.state, shown.committedRounds, shown.checkpoint?.version],
      ['completed', rounds, rounds],
    );
    for (let number = 1; number <= rounds; number += 1) {
      const round = await roundOf(group, number);
      assert.deepEqual(
        [round.state, round.version, round.metrics.contributions],
        ['committed', number - 1, 3],
      );
      assert.deepEqual(round.contributionList.map(({ participant }) => participant).sort(), [...people]);
    }
    const first = await roundOf(group, 1);
    const hashes = (round: RoundDetail) => round.contributionList.map(({ sha256 }) => sha256);
    assert.ok(hashes(before).every((sha256) => hashes(first).includes(sha256)));
    await compareEnds('undisturbed', group);
  });

  /** Equal up to the order in which contributions were summed. */
  async function compareEnds(one: string, other: string): Promise<void> {
    for (const person of people) {
      const expected = await readTrained(workspaceOf(one, person), one);
      const trained = await readTrained(workspaceOf(other, person), other);
      assert.equal(trained.version, rounds);
      assert.ok(norm(subtract(trained.shared, expected.shared)) < 1e-3 * norm(expected.shared), person);
      const apart = norm(subtract(trained.personal!, expected.personal!));
      assert.ok(apart < 1e-3 * norm(expected.personal!), person);
    }
  }
});
