// What strangers send to keep the loop busy, to hold connections, to confuse or to enrol through somebody's browser: refused in
// words, and soon. On real sockets.
import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { describe, test } from 'node:test';
import { fillPath } from '@colora/protocol/api-client';
import { formatContentDigest } from '@colora/protocol/digest';
import { problemSchema } from '@colora/protocol/problems';
import type { Route } from '@colora/protocol/route/route';
import { routes } from '@colora/protocol/routes';
import { pino } from 'pino';
import { createDatabaseWatch } from '../database/database-watch.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, makeSettings } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';
import { createApp } from './app.ts';
import { methodsAt } from './known-addresses.ts';
import type { ServerLimits } from './server-limits.ts';

const json = { 'content-type': 'application/json' };
const members = '/v1/groups/group/members';

/** Everything that comes until the other side ends or is quiet for long. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((done) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done(answer));
    setTimeout(() => socket.destroy(), 30_000).unref();
  });
}

onEachDatabase('hostile requests', (database) => {
  const coordinator = useCoordinator(database);

  async function asked(path: string, init: RequestInit = {}) {
    const response = await fetch(coordinator.url + path, init);
    const text = await response.text();
    if (response.ok) return { status: response.status, detail: '', headers: response.headers };
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/, text);
    const { status, detail } = problemSchema.parse(JSON.parse(text));
    assert.equal(status, response.status);
    return { status, detail, headers: response.headers };
  }

  test('what a page of another site can send enrols nobody', async () => {
    const admin = await makeGroup(coordinator.url);
    const own = coordinator.url;
    const body = '{}';
    const attacks: [number, RequestInit][] = [
      [415, {}],
      [415, { body: '' }],
      [415, { body, headers: { 'content-type': 'text/plain' } }],
      [415, { body: 'name=eve', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
      [415, { body, headers: { 'content-type': 'application/octet-stream' } }],
      [400, { headers: json }],
      [403, { body, headers: { ...json, origin: 'https://evil.example' } }],
      [403, { body, headers: { ...json, origin: 'null' } }],
      [403, { body, headers: { ...json, origin: own.replace(/^http/, 'https').replace(/\d+$/, '1') } }],
    ];
    for (const [status, init] of attacks) {
      const { status: found, detail } = await asked(members, { method: 'POST', ...init });
      assert.equal(found, status, `${JSON.stringify(init)}: ${detail}`);
    }
    const head = (more: string) =>
      `POST ${members} HTTP/1.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n${more}\r\n{}`;
    const rebound = 'host: evil.example:7070\r\norigin: http://evil.example:7070\r\n';
    assert.match(await raw(own, head(rebound)), /^HTTP\/1.1 403/);
    assert.match(await raw(own, head('host: x\r\nsec-fetch-site: cross-site\r\n')), /^HTTP\/1.1 403/);
    const start = { method: 'POST', headers: { authorization: `Bearer ${adminKey}`, origin: 'https://a.b' } };
    assert.equal((await asked('/v1/groups/group/pause', start)).status, 403);
    assert.equal((await admin.call('listParticipants', {})).total, 0);
    assert.equal(
      (await asked(members, { method: 'POST', body, headers: { ...json, origin: own } })).status,
      200,
    );
  });

  test('bodies that are deep, full or large are refused before they cost time', async () => {
    const post = (body: string, key?: string) =>
      asked(key === undefined ? members : '/v1/groups', {
        method: 'POST',
        body,
        headers: key === undefined ? json : { ...json, authorization: `Bearer ${key}` },
      });
    const keys = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',')}}`;
    const began = process.cpuUsage();
    assert.match((await post(`${'['.repeat(30_000)}`)).detail, /nested more than 32 deep/);
    assert.match(
      (await post(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, adminKey)).detail,
      /more than 32 deep/,
    );
    assert.match((await post(keys(60_000), adminKey)).detail, /more than 10000 keys/);
    assert.match((await post(`[${'0,'.repeat(400_000)}0]`, adminKey)).detail, /more than 50000 values/);
    assert.equal((await post(keys(5_000))).status, 400); // parsed, and refused by its schema
    const { user, system } = process.cpuUsage(began);
    assert.ok(user + system < 5e6, `${user + system} µs of processor time`);
    assert.equal((await post(`{"name":"${'a'.repeat(70_000)}"}`)).status, 413); // a stranger's
    assert.equal((await post(`{"name":"${'a'.repeat(70_000)}"}`, adminKey)).status, 400);
    assert.equal((await post(`{"name":"${'a'.repeat(1_100_000)}"}`, adminKey)).status, 413);
    const quoted = JSON.stringify({ name: '[{":,\\"'.repeat(9_000) });
    assert.match((await post(quoted, adminKey)).detail, /name/); // signs in texts do not count
    assert.match((await post('{"__proto__":{"x":1}}', adminKey)).detail, /not valid JSON/);
  });

  test('a stranger who stops in the middle of a body is given up', async () => {
    const head = `POST ${members} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{`;
    const began = performance.now();
    assert.match(await raw(coordinator.url, head), /^HTTP\/1.1 408 .*too-slow/s);
    assert.ok(performance.now() - began < 25_000);
  });

  test('numbers, times and names that no database takes are refused, not met as errors', async () => {
    await makeGroup(coordinator.url, { name: 'odd' });
    const { key } = await joinAs(coordinator.url, 'olga', 'odd');
    const as = (bearer: string) => ({ headers: { ...json, authorization: `Bearer ${bearer}` } });
    const group = '/v1/groups/odd';
    for (const path of [
      `${group}/rounds/99999999999999999999`,
      `${group}/rounds/0x1`,
      `${group}/rounds?cursor=W10`,
      `${group}/rounds?cursor=%00`,
      `${group}/events?since=2026`,
      `${group}/rounds?limit=1e1`,
      `${group}/events?round=1e9`,
      `${group}/metrics?name=%00`,
      `${group}/metrics?name=a%00`,
      '/v1/groups/a%00b',
      '/v1/groups/%ED%A0%80',
      '/v1/groups/%zz',
      '/v1/groups/constructor/rounds/1?limit=',
    ]) {
      const { status, detail } = await asked(path, as(adminKey));
      assert.equal(status, 400, `${path}: ${status} ${detail}`);
    }
    for (const { method, path, access, body } of Object.values(routes) as Route[]) {
      if (!/:(round|version)/.test(path)) continue;
      const url = fillPath(path, { group: 'odd', round: 3e9, version: 3e9 });
      const bearer = access.includes('admin') ? adminKey : key;
      const headers = {
        authorization: `Bearer ${bearer}`,
        'content-digest': formatContentDigest('0'.repeat(64)),
      };
      const bytes = {
        body: new Uint8Array(9),
        headers: { ...headers, 'content-type': 'application/octet-stream' },
      };
      const isJson = typeof body === 'object'; // a body that says nothing is refused before anything is looked up
      const sent = isJson ? { body: '{}', headers: { ...headers, ...json } } : { headers };
      const { status, detail } = await asked(url, { method, ...(body === 'bytes' ? bytes : sent) });
      assert.equal(status, isJson ? 400 : 404, `${method} ${path}: ${status} ${detail}`);
    }
    assert.equal((await asked(`${group}/events?round=3000000000`, as(adminKey))).status, 404);
    assert.equal((await asked('/v1/keys/%00', { method: 'DELETE', ...as(adminKey) })).status, 400);
    const put = (path: string, body: string, bearer = key) =>
      asked(group + path, { method: path === '/metrics' ? 'POST' : 'PUT', body, ...as(bearer) });
    for (const awayUntil of [
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00Z',
      `2999-01-01T00:00:00.${'0'.repeat(99)}Z`,
    ])
      assert.equal((await put('/availability', JSON.stringify({ awayUntil }))).status, 400);
    assert.equal((await put('/metrics', '{"round":3000000000,"metrics":{}}')).status, 400);
    assert.equal((await put('/metrics', '{"metrics":{"a":1e999}}')).status, 400);
    assert.equal(
      (await put('/figures', '{"version":3000000000,"shareOfCore":1,"gain":1,"standardError":1}')).status,
      400,
    );
    assert.equal((await put('/clusters', '{"clusters":[["\\u0000"]]}', adminKey)).status, 400);
    const settings = makeSettings();
    for (const name of ['\0', 'a\ud800', 'a\udc00b', 'a\n']) {
      const baseModel = { ...settings.baseModel, name };
      const body = JSON.stringify({ name: 'other', settings: { ...settings, baseModel } });
      const { status, detail } = await asked('/v1/groups', { method: 'POST', body, ...as(adminKey) });
      assert.equal(status, 400, detail);
      const invited = await asked(`${group}/members`, {
        method: 'POST',
        body: JSON.stringify({ invitation: name, name: 'pia' }),
        headers: json,
      });
      assert.equal(invited.status, 400, invited.detail);
    }
  });

  test('what is too long or asked in another way is told as a problem, with the methods that are taken', async () => {
    assert.equal((await asked(`/v1/groups/${'a'.repeat(2_000)}`)).status, 414);
    for (const text of [
      `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'a'.repeat(20_000)}\r\n\r\n`,
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    ])
      assert.match(await raw(coordinator.url, text), /^HTTP\/1.1 431 .*problem\+json.*headers-too-large/s);
    assert.match(await raw(coordinator.url, 'what?\r\n\r\n'), /^HTTP\/1.1 400 .*problem\+json/s);
    const other = await asked('/v1/groups/group/metrics', { method: 'PATCH' });
    assert.deepEqual([other.status, other.headers.get('allow')], [405, 'GET, POST']);
    assert.equal((await asked('/health', { method: 'DELETE' })).headers.get('allow'), 'GET');
    assert.deepEqual(methodsAt('/v1/groups/g/checkpoints/0'), ['GET', 'PUT']);
    assert.equal(
      (await asked('/v1/nothing', { method: 'POST', body: '[['.repeat(99), headers: json })).status,
      404,
    );
    assert.equal((await asked('/v1/nothing')).status, 404);
  });
});

describe('connections that are held open', () => {
  const log = pino({ level: 'silent' });

  async function open(limits: ServerLimits, use: (url: string) => Promise<void>) {
    const watch = createDatabaseWatch({ ask: async () => undefined, cut: () => undefined }, log);
    const { app } = createApp(log, watch, 'test', { limits });
    await app.listen({ port: 0, host: '127.0.0.1' });
    try {
      await use(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
    } finally {
      await app.close();
    }
  }

  const limits = { headersMs: 300, quietMs: 60_000, connections: 100 };

  test('headers that do not end are cut off, with a problem', () =>
    open(limits, async (url) => {
      assert.match(await raw(url, 'GET /health HTTP/1.1\r\nhost: x\r\n'), /^HTTP\/1.1 408 .*too-slow/s);
    }));

  test('a connection on which nothing moves is closed', () =>
    open({ ...limits, headersMs: 60_000, quietMs: 300 }, async (url) => {
      const began = performance.now();
      assert.equal(await raw(url, 'GET /health HTTP/1.1\r\nhost: x\r\n'), '');
      assert.ok(performance.now() - began < 20_000);
    }));

  test('a body that nobody asked for is dropped, and not for long', () =>
    open(limits, async (url) => {
      const began = performance.now();
      const head =
        'POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n[';
      assert.match(await raw(url, head), /^HTTP\/1.1 404/);
      assert.ok(performance.now() - began < 20_000);
    }));

  test('there are only so many', () =>
    open({ ...limits, connections: 2 }, async (url) => {
      const held = [0, 1].map(() => {
        const { hostname, port } = new URL(url);
        return connect(Number(port), hostname).on('error', () => undefined);
      });
      await Promise.all(held.map((socket) => new Promise((done) => socket.once('connect', done))));
      assert.equal(await raw(url, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'), '');
      for (const socket of held) socket.destroy();
    }));
});
