// Who asks too often hears when to come again, by key and by address; a proxy is believed about addresses only where it is named.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { problemSchema } from '@colora/protocol/problems';
import { pino } from 'pino';
import { buildCoordinator } from '../../coordinator.ts';
import { createDatabaseWatch } from '../../database/database-watch.ts';
import { StartError } from '../../start-error.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { adminKey, joinAs, makeGroup } from '../../testing/group.ts';
import { createApp } from '../app.ts';
import { rateLimits } from './rate-limits.ts';
import { readTrustProxy } from './trust-proxy.ts';

const log = pino({ level: 'silent' });

/** Statuses of so many questions from that address, as a proxy on this machine tells it. */
async function statuses(url: string, questions: number, from: string): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < questions; i += 1) {
    const answer = await fetch(`${url}/openapi.json`, { headers: { 'x-forwarded-for': from } });
    found.push(answer.status);
    if (answer.status !== 429) continue;
    assert.match(answer.headers.get('content-type') ?? '', /problem\+json/);
    assert.equal(problemSchema.parse(await answer.json()).code, 'too-many-requests');
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  }
  return found;
}

async function open(trustProxy: string | undefined, use: (url: string) => Promise<void>): Promise<void> {
  const watch = createDatabaseWatch({ ask: async () => undefined, cut: () => undefined }, log);
  const rates = { ...rateLimits, address: { max: 3, timeWindow: 60_000 } };
  const { app } = createApp(log, watch, 'test', { rates, trustProxy: readTrustProxy(trustProxy) });
  await app.listen({ port: 0, host: '127.0.0.1' });
  try {
    await use(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
  } finally {
    await app.close();
  }
}

test('each address has its own limit, one network of IPv6 being one', () =>
  open('loopback', async (url) => {
    assert.deepEqual(await statuses(url, 4, '203.0.113.7'), [200, 200, 200, 429]);
    assert.deepEqual(await statuses(url, 1, '203.0.113.8'), [200]);
    assert.deepEqual(await statuses(url, 2, '2001:db8::1'), [200, 200]);
    assert.deepEqual(await statuses(url, 2, '2001:db8::2'), [200, 429]);
    assert.deepEqual(
      await statuses(url, 1, '203.0.113.8, 203.0.113.7'),
      [429],
      'the proxy tells the last one',
    );
  }));

test('nobody is believed about an address who is not named', async () => {
  await open(undefined, async (url) => {
    assert.deepEqual(await statuses(url, 5, '203.0.113.7'), [200, 200, 200, 200, 200]);
  });
  await open('203.0.113.1', async (url) => {
    assert.deepEqual(await statuses(url, 5, '203.0.113.7'), [200, 200, 200, 200, 200]);
  });
});

test('proxies are addresses, networks, or names of such', () => {
  assert.deepEqual(readTrustProxy('10.0.0.2, 192.168.0.0/16,loopback,2001:db8::/32'), [
    '10.0.0.2',
    '192.168.0.0/16',
    'loopback',
    '2001:db8::/32',
  ]);
  assert.equal(readTrustProxy(undefined), undefined);
  for (const wrong of ['', 'true', 'caddy', '10.0.0.0/33', '10.0.0.1/8/8', '*']) {
    assert.throws(
      () => readTrustProxy(wrong),
      (error) => error instanceof StartError && error.message.includes('TRUST_PROXY'),
      wrong,
    );
  }
});

onOneDatabase('limits of keys', (database) => {
  test('a member that floods is told to wait, so is who tries keys out, and nobody else is', async () => {
    const few = { max: 20, timeWindow: 60_000 };
    const rates = { ...rateLimits, key: few, stranger: few };
    const options = { ...(await database.create()), port: 0, adminKey, logger: 'silent' as const };
    const coordinator = await buildCoordinator({ ...options, rates, trustProxy: 'loopback' });
    try {
      await makeGroup(coordinator.url);
      const [ada, eve] = [await joinAs(coordinator.url, 'ada'), await joinAs(coordinator.url, 'eve')];
      const ask = (key: string, from = '203.0.113.7') =>
        fetch(`${coordinator.url}/v1/me`, {
          headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': from },
        });
      const signedIn = await fetch(`${coordinator.url}/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key: ada.key }),
      });
      const flood = async (keyAt: (at: number) => string, ask: (key: string) => Promise<Response>) => {
        const found: number[] = [];
        for (let at = 0; at < 22; at += 1) {
          const answer = await ask(keyAt(at));
          found.push(answer.status);
          if (answer.status === 429) assert.ok(Number(answer.headers.get('retry-after')) >= 1);
        }
        return [...new Set(found)];
      };
      assert.deepEqual(await flood(() => eve.key, ask), [200, 429]);
      assert.equal((await ask(eve.key, '203.0.113.8')).status, 429, 'wherever it asks from');
      assert.equal((await ask(ada.key)).status, 200);
      assert.deepEqual(await flood((at) => `colora_p_guess-${at}-0123456789abcdef`, ask), [401, 429]);
      assert.equal((await ask('colora_p_guess-0123456789abcdef', '203.0.113.8')).status, 401);
      assert.equal((await ask(ada.key)).status, 200, 'a known key is no stranger’s');
      const signIn = (key: string) =>
        fetch(`${coordinator.url}/v1/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' },
          body: JSON.stringify({ key }),
        });
      const guesses = await flood((at) => `colora_a_guess-${at}-0123456789abcdef`, signIn);
      assert.deepEqual(guesses, [401, 429], 'nor are keys tried out by signing in');
      // a browser has one limit, whatever else it sends in its cookies
      const url = new URL(coordinator.url);
      const cookie = `colora-session-${url.port}=${/=([\w-]{43})/.exec(signedIn.headers.getSetCookie()[0]!)![1]}`;
      const browse = (more: string) =>
        fetch(`${coordinator.url}/v1/me`, { headers: { cookie: `${cookie}; x=${more}` } });
      assert.deepEqual(await flood((at) => String(at), browse), [200, 429]);
    } finally {
      await coordinator.close();
    }
  });
});
