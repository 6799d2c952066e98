// Two coordinators on one Postgres: what one does the other's sockets hear, through Postgres and through Redis; a
// Redis that is gone stops nothing; clocks that disagree by an hour agree on what is late; and a replica that was
// stopped while it closed a round wakes up to find it closed, and lets it be.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { testPostgresUrl, testRedisUrl } from '@colora/coordinator/config';
import type { Coordinator } from '@colora/coordinator/coordinator';
import { type DatabaseOptions, openDatabase } from '@colora/coordinator/database/open-database';
import {
  clusteredSettings,
  contribute,
  initial,
  places,
  sendProbe,
} from '@colora/coordinator/testing/clustered-group';
import { onEachDatabase } from '@colora/coordinator/testing/databases';
import { joinAs, makeGroup, member, tensors } from '@colora/coordinator/testing/group';
import { createApiClient } from '@colora/protocol/api-client';
import pg from 'pg';
import { io, type Socket } from 'socket.io-client';
import { openProxy, type TcpProxy } from '../chaos/system/tcp-proxy.ts';
import { freePort } from './support/free-port.ts';
import { killHard, type Running, startColora } from './support/processes.ts';
import { startCoordinator } from './support/system.ts';

const adminKey = 'colora_a_for-tests-only-0123456789';
const admin = (url: string) => createApiClient(url, () => adminKey);
const update = tensors({ 'x.shared.A': [1, 1] });

/** Events as they arrive at one socket. */
async function listen(url: string, key: string) {
  const socket: Socket = io(url, { auth: { key }, reconnection: false, transports: ['websocket'] });
  const heard: string[] = [];
  socket.onAny((name: string) => heard.push(name));
  let isOpen = true;
  socket.on('disconnect', () => {
    isOpen = false;
  });
  await new Promise<void>((done, fail) => {
    socket.once('connect', done);
    socket.once('connect_error', fail);
  });
  return { socket, heard, isOpen: () => isOpen };
}

async function until(what: string, satisfied: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await satisfied()) return;
    await delay(50);
  }
  assert.fail(`waited in vain until ${what}`);
}

onEachDatabase('replicas', (database) => {
  if (database.kind === 'pglite') {
    test('need a Postgres', { skip: 'the embedded database serves one coordinator' });
    return;
  }
  describeFanOut('through Postgres', database.create, async () => undefined);
  const redis = testRedisUrl();
  if (redis === undefined) test('through Redis', { skip: 'COLORA_TEST_REDIS is not set' });
  else {
    describeFanOut('through Redis', database.create, async () => redis);
    describeRedisGone(database.create, redis);
  }
  describeProcesses(database.create);
});

function describeFanOut(
  name: string,
  create: () => Promise<DatabaseOptions>,
  redis: () => Promise<string | undefined>,
): void {
  describe(name, () => {
    let here: Coordinator;
    let there: Coordinator;
    const sockets: Socket[] = [];
    before(async () => {
      const options = { ...(await create()), adminKey, redisUrl: await redis() };
      here = await startCoordinator(options);
      there = await startCoordinator(options);
    });
    after(async () => {
      for (const socket of sockets) socket.disconnect();
      await Promise.all([here.close(), there.close()]);
    });

    test('a socket there hears what is done here', async () => {
      await makeGroup(here.url, { settings: { rounds: { count: 10_000, participants: 2 } } });
      const ada = await joinAs(here.url, 'ada');
      const { socket, heard } = await listen(there.url, ada.key);
      sockets.push(socket);
      // The two have to know of each other first: rounds open again and again until a hint has passed.
      const bob = await joinAs(here.url, 'bob');
      const adaHere = member(here.url, 'ada', ada.key);
      await until('a hint has passed', async () => {
        const { round } = await adaHere.assignment();
        if (round !== null && !round.contributed) {
          await adaHere.contribute(update).catch(() => undefined);
          await bob.contribute(update).catch(() => undefined);
        }
        return heard.includes('round:opened') && heard.includes('checkpoint:published');
      });
    });

    test('a member that joins here hears its new group there; a key revoked here is cut off there', async () => {
      await makeGroup(here.url, { name: 'later', start: false });
      const made = await admin(here.url).call('createKey', { body: { role: 'participant', name: 'cleo' } });
      const { socket, heard, isOpen } = await listen(there.url, made.key);
      sockets.push(socket);
      const cleo = createApiClient(here.url, () => made.key);
      await cleo.call('joinGroup', { params: { group: 'later' }, body: {} });
      await delay(300); // the joining of the room is on its way
      await admin(here.url).call('startGroup', { params: { group: 'later' } });
      await until('the new group is heard of', () => heard.includes('group:changed'));
      await admin(here.url).call('revokeKey', { params: { id: made.id } });
      await until('the socket is cut off', () => !isOpen());
    });

    test('members whose probes reach either are in clusters that both tell alike, and train in them', async () => {
      const group = 'shared-clusters';
      const settings = clusteredSettings(6, 2);
      await makeGroup(here.url, { name: group, initial, settings });
      const kinds = ['plain', 'inverted', 'plain', 'inverted', 'plain', 'inverted'] as const;
      const members = await Promise.all(
        kinds.map((_, at) => joinAs((at % 3 === 0 ? here : there).url, `${group}-${at}`, group)),
      );
      // all at once: who places members at one waits for who does at the other
      await Promise.all(members.map((one, at) => sendProbe(one, group, kinds[at]!)));
      for (const round of [1, 2])
        await Promise.all(members.map((one, at) => contribute(one, group, round * (at + 1))));
      await members[0]!.until('the end', ({ state }) => state === 'completed');
      const found = await places(admin(here.url), group);
      assert.deepEqual(found, await places(admin(there.url), group));
      const ofKind = (kind: string) =>
        members.filter((_, at) => kinds[at] === kind).map(({ name: who }) => who);
      assert.deepEqual(Object.values(found).sort(), [ofKind('plain'), ofKind('inverted')].sort());
    });
  });
}

function describeRedisGone(create: () => Promise<DatabaseOptions>, redis: string): void {
  describe('a Redis that comes and goes', () => {
    test('rounds go on without it, from the start and in between, and hints come back with it', async () => {
      const line: TcpProxy = await openProxy(Number(new URL(redis).port || 6379));
      line.refuse(true);
      const options = { ...(await create()), adminKey, redisUrl: `redis://127.0.0.1:${line.port}` };
      const [here, there] = [await startCoordinator(options), await startCoordinator(options)];
      try {
        await makeGroup(here.url, { settings: { rounds: { count: 1000, participants: 1 } } });
        const ada = await joinAs(here.url, 'ada');
        const { socket, heard } = await listen(there.url, ada.key);
        const commit = async () => {
          const { round } = await ada.until('a round', (now) => now.round?.contributed === false);
          await ada.contribute(update);
          await ada.until('its commit', (now) => now.checkpoint?.version === round!.version + 1);
        };
        await commit();
        assert.deepEqual(heard, []);
        line.refuse(false);
        await until('a hint has passed', async () => {
          await commit();
          return heard.length > 0;
        });
        line.refuse(true);
        await commit();
        line.refuse(false);
        heard.length = 0;
        await until('hints pass again', async () => {
          await commit();
          return heard.length > 0;
        });
        line.refuse(true); // closing must not wait for it either
        socket.disconnect();
      } finally {
        await Promise.all([here.close(), there.close()]);
        await line.close();
      }
    });
  });
}

function describeProcesses(create: () => Promise<DatabaseOptions>): void {
  describe('as processes', () => {
    const alive: Running[] = [];
    after(async () => {
      for (const running of alive) await killHard(running);
    });

    async function startReplica({ databaseUrl }: DatabaseOptions, env: Record<string, string> = {}) {
      const port = await freePort();
      const running = startColora(['coordinator', '--port', String(port), '--log-level', 'info'], {
        env: { DATABASE_URL: databaseUrl!, COLORA_ADMIN_KEY: adminKey, ...env },
      });
      alive.push(running);
      await running.says(/coordinator at/);
      return { running, url: `http://127.0.0.1:${port}` };
    }

    test('a closer that is stopped is replaced, and commits nothing when it wakes up', async () => {
      const options = await create();
      const sleeper = await startReplica(options);
      const rounds = { count: 2, participants: 2, deadlineSeconds: 3 };
      await makeGroup(sleeper.url, { settings: { rounds } });
      const [ada, bob] = [await joinAs(sleeper.url, 'ada'), await joinAs(sleeper.url, 'bob')];
      const sql = new pg.Client({ connectionString: options.databaseUrl });
      await sql.connect();
      try {
        await bob.until('its round', ({ round }) => round !== null);
        await ada.contribute(update);
        // At the deadline it claims the round, and stands still at its first look at a checkpoint.
        await sql.query('BEGIN');
        await sql.query('LOCK TABLE "Checkpoint" IN ACCESS EXCLUSIVE MODE');
        await until('the round is claimed', async () => {
          const { rows } = await sql.query(`SELECT 1 FROM "Round" WHERE "state" = 'aggregating'`);
          return rows.length === 1;
        });
        await delay(200);
        sleeper.running.child.kill('SIGSTOP');
        await sql.query(`UPDATE "Round" SET "closerUntil" = now() - interval '1 second'`); // as if 20 s had passed
        await sql.query('COMMIT');
        const other = await startReplica(options);
        const here = { ada: member(other.url, 'ada', ada.key), bob: member(other.url, 'bob', bob.key) };
        await here.ada.until('the commit', ({ checkpoint }) => checkpoint?.version === 1);
        sleeper.running.child.kill('SIGCONT');
        await Promise.all([here.ada.contribute(update), here.bob.contribute(update)]);
        const end = await ada.until(
          'the end, told by the one that slept',
          ({ state }) => state === 'completed',
        );
        assert.equal(end.checkpoint?.version, 2);
        const { rows } = await sql.query(`SELECT count(*)::int AS "count" FROM "Checkpoint"`);
        assert.equal(rows[0].count, 3);
      } finally {
        await sql.end();
      }
      sleeper.running.child.kill('SIGTERM');
      const { stderr } = await sleeper.running.ended;
      assert.doesNotMatch(stderr, /"round":1,.*"round committed"/);
    });

    test('one that is stopped within a transaction does not hold its locks', async () => {
      const opened = await openDatabase(await create());
      const [row] = await opened.client.$queryRaw<{ limit: string }[]>`
        SELECT current_setting('idle_in_transaction_session_timeout') AS "limit"`;
      await opened.close();
      assert.equal(row?.limit, '15s');
    });

    test('clocks an hour apart agree on what is late and who is there', async () => {
      const options = await create();
      const early = await startReplica(options, clockOff(-3_600_000));
      const late = await startReplica(options, clockOff(3_600_000));
      await makeGroup(late.url, {
        settings: { rounds: { count: 2, participants: 2, deadlineSeconds: 600 } },
      });
      const ada = await joinAs(late.url, 'ada');
      const bob = await joinAs(early.url, 'bob');
      await bob.until('its round', ({ round }) => round !== null);
      await ada.contribute(update);
      await delay(3_500); // both have looked at the group more than once
      const now = await bob.assignment();
      assert.deepEqual([now.round?.number, now.checkpoint?.version], [1, 0]);
      for (const { url } of [early, late]) {
        assert.equal((await admin(url).call('showGroup', { params: { group: 'group' } })).online, 2);
      }
      await bob.contribute(update);
      await ada.until('the commit', ({ checkpoint }) => checkpoint?.version === 1);
    });
  });
}

/** A process whose clock is wrong by so many milliseconds. */
function clockOff(ms: number): Record<string, string> {
  const code = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...given) { super(...(given.length === 0 ? [Real.now() + ${ms}] : given)); }
    static now() { return Real.now() + ${ms}; } };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

if (testPostgresUrl() === undefined) test('two coordinators', { skip: 'COLORA_TEST_POSTGRES is not set' });
