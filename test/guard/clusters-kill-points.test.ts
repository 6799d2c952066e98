// kill -9 of the coordinator where clusters come about: while the last probe arrives, while members are placed, once a round of
// theirs is under way, and while an admin's change waits. What is started again places everybody as an undisturbed one does,
// and ends with its bytes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseOptions } from '@colora/coordinator/database/open-database';
import {
  clusteredSettings,
  contribute,
  initial,
  type Kind,
  places,
  sendProbe,
} from '@colora/coordinator/testing/clustered-group';
import { onOneDatabase } from '@colora/coordinator/testing/databases';
import { joinAs, makeGroup, type TestMember } from '@colora/coordinator/testing/group';
import { createApiClient } from '@colora/protocol/api-client';
import pg from 'pg';
import { freePort } from '../support/free-port.ts';
import { killHard, type Running, startColora } from '../support/processes.ts';

/** Of the coordinator's own tests, which make the groups. */
const adminKey = 'colora_a_for-tests-only-0123456789';
const people: readonly (readonly [string, Kind])[] = [
  ['ada', 'plain'],
  ['bob', 'inverted'],
  ['cem', 'plain'],
  ['dia', 'inverted'],
];

onOneDatabase('killed while clusters come about', (database) => {
  let options: DatabaseOptions;
  let port = 0;
  let coordinator: Running;
  let undisturbed: Awaited<ReturnType<typeof runGroup>>;
  before(async () => {
    options = await database.create();
    port = await freePort();
    coordinator = await start();
    undisturbed = await runGroup('undisturbed', false);
  });
  after(() => killHard(coordinator));

  async function start(): Promise<Running> {
    const { databaseUrl, dataFolder } = options;
    const running = startColora(
      ['coordinator', '--port', String(port), '--data', dataFolder, '--log-level', 'warn'],
      {
        env: {
          COLORA_ADMIN_KEY: adminKey,
          ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
        },
      },
    );
    await running.says(/coordinator at/);
    return running;
  }

  async function killAndStart(): Promise<void> {
    await killHard(coordinator);
    coordinator = await start();
  }

  /** Holds the group's row, so that who places members stands still in their transaction until `during` is over. */
  async function whilePlacing(group: string, during: () => Promise<void>): Promise<void> {
    const { databaseUrl } = options;
    if (databaseUrl === undefined) return await during(); // the embedded one has no door of its own
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM "TaskGroup" WHERE "name" = $1 FOR NO KEY UPDATE', [group]);
    await during();
    await client.query('ROLLBACK');
    await client.end();
  }

  async function runGroup(group: string, isKilled: boolean) {
    const url = `http://127.0.0.1:${port}`;
    const admin = createApiClient(url, () => adminKey);
    await makeGroup(url, {
      name: group,
      initial,
      settings: clusteredSettings(people.length, 3),
      start: false,
    });
    const members: TestMember[] = [];
    for (const [name] of people) members.push(await joinAs(url, `${name}-${group}`, group));
    for (const [index, [, kind]] of people.slice(0, -1).entries())
      await sendProbe(members[index]!, group, kind);
    const last = () => sendProbe(members.at(-1)!, group, people.at(-1)![1]);
    if (isKilled) await Promise.all([last().catch(() => undefined), killAndStart()]);
    await last(); // sent again, it is the same probe
    const open = () => admin.call('startGroup', { params: { group } });
    if (isKilled)
      await whilePlacing(group, async () => {
        await Promise.race([open().catch(() => undefined), delay(300)]);
        await killHard(coordinator);
      }).then(async () => {
        coordinator = await start();
      });
    const { state } = await admin.call('showGroup', { params: { group } });
    if (state !== 'running') await open();
    const isAsked = (one: TestMember) => one.until('a round', ({ round }) => round?.contributed === false);
    await Promise.all(members.map(isAsked));
    if (isKilled) await killAndStart();
    const first = await Promise.all(members.map(async (one) => (await one.assignment()).place));
    for (const [index, one] of members.slice(0, -1).entries()) await contribute(one, group, index + 1);
    const { clusters } = await admin.call('showClusters', { params: { group } });
    const [some, ...others] = clusters.map((cluster) => cluster.members);
    const body = { clusters: [[some![0]!], some!.slice(1), ...others] };
    await admin.call('changeClusters', { params: { group }, body });
    if (isKilled) await killAndStart();
    await contribute(members.at(-1)!, group, members.length); // the next round opens with the change
    for (let round = 2; round <= 3; round += 1)
      for (const [index, one] of members.entries()) await contribute(one, group, 2 * index + round);
    const end = await members[0]!.until('the end', (now) => now.state === 'completed');
    const named = (found: Record<string, string[]>) =>
      Object.fromEntries(
        Object.entries(found).map(([key, list]) => [key, list.map((name) => name.split('-')[0])]),
      );
    return {
      ...{ first, places: named(await places(admin, group)) },
      checkpoint: [end.checkpoint?.version, end.checkpoint?.sha256],
    };
  }

  test('at each moment of one life: places, rows and bytes are those of an undisturbed run', async () => {
    assert.deepEqual(await runGroup('killed', true), undisturbed);
  });
});
