// Questions, uploads and the socket through real proxies: one that opens tunnels, one that only passes requests on, one
// that wants a password, one that forbids, one that is down. The coordinator's name is known to the proxy alone.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { sha256Hex } from '@colora/protocol/sha256';
import { canPass } from '../line/backoff.ts';
import { putFile } from '../line/upload.ts';
import { openConnections } from './connections.ts';
import { type SentList, unlisted } from './sent-list.ts';
import { type ForwardProxyRules, forwardProxy } from './testing-forward-proxy.ts';

let server: Server;
let url = '';
let folder = '';
let file = '';
const received: string[] = [];
const closers: (() => void)[] = [];
before(async () => {
  server = createServer((request, response) => {
    received.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    request.resume().on('end', () => {
      response.end(JSON.stringify({ status: 'ok', version: '1', database: 'pglite' }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://coordinator.test:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'colora-proxy-'));
  file = join(folder, 'body');
  await writeFile(file, 'x'.repeat(300_000));
});
after(async () => {
  for (const close of closers) close();
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
});

async function through(rules: ForwardProxyRules = {}, login = '') {
  const proxy = await forwardProxy(rules);
  closers.push(proxy.close);
  const connections = openConnections(
    { http: proxy.url.replace('//', `//${login}`), https: proxy.url },
    unlisted,
  );
  const api = createApiClient(url, () => 'key', connections);
  const put = () =>
    putFile({
      url: `${url}/file`,
      connections,
      headers: {},
      path: file,
      bytes: 300_000,
      sha256: sha256Hex(Buffer.from('x'.repeat(300_000))),
      signal: new AbortController().signal,
      patienceSeconds: 5,
    });
  return { proxy, connections, api, put };
}

test('questions and uploads go through tunnels', async () => {
  const { proxy, api, put } = await through();
  assert.equal((await api.call('health', {})).status, 'ok');
  assert.equal((await put()).status, 200);
  assert.deepEqual(proxy.asked, Array(2).fill(`CONNECT ${url.slice('http://'.length)}`));
});

test('a proxy that opens no tunnel to this port is asked to pass requests on, uploads too', async () => {
  const { proxy, api, put } = await through({ tunnelStatus: 403 });
  assert.equal((await api.call('health', {})).status, 'ok');
  assert.equal((await put()).status, 200);
  const port = url.slice('http://'.length);
  assert.deepEqual(proxy.asked, [`CONNECT ${port}`, `GET ${url}/health`, `PUT ${url}/file`]);
});

test('the first questions may be many at once', async () => {
  const { api } = await through({ tunnelStatus: 403 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => api.call('health', {})));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set(['ok']));
});

test('name and password go to the proxy, and only there', async () => {
  received.length = 0;
  for (const tunnelStatus of [undefined, 405]) {
    const rules = { password: 'ada:se:cret @', ...(tunnelStatus && { tunnelStatus }) };
    const { api, put } = await through(rules, 'ada:se%3Acret%20%40@');
    assert.equal((await api.call('health', {})).status, 'ok');
    assert.equal((await put()).status, 200);
  }
  assert.deepEqual(received.slice(0, 2), ['GET /health', 'PUT /file']);
});

test('a proxy that wants a password is told as such, and asking again is no use', async () => {
  const { proxy, api, put } = await through({ password: 'ada:secret' });
  await assert.rejects(api.call('health', {}), (error: Error) => {
    assert.ok(error instanceof NetworkProblem);
    assert.equal(canPass(error), false);
    assert.match(
      error.message,
      /407 by the proxy .*name and a password.*HTTPS_PROXY=http:\/\/name:password@/,
    );
    assert.ok(error.message.includes(proxy.url));
    return true;
  });
  assert.equal((await put()).status, 407);
});

test('a proxy that forbids the coordinator is final, one that finds it away is not', async () => {
  const forbids = await through({ tunnelStatus: 403, page: { status: 403 } });
  await assert.rejects(forbids.api.call('health', {}), (error: Error) => {
    assert.ok(error instanceof NetworkProblem);
    assert.equal(canPass(error), false);
    assert.match(error.message, /403 by the proxy .*squid.*ask whoever runs it to allow/);
    return true;
  });
  const away = await through({ tunnelStatus: 502, page: { status: 504 } });
  await assert.rejects(away.api.call('health', {}), (error: Error) => {
    assert.equal(canPass(error, true), true);
    assert.match(error.message, /504 by the proxy .*gets no answer from the host behind it/);
    return true;
  });
});

test('a proxy that is down is told as the proxy, not as the coordinator', async () => {
  const { proxy, api, put } = await through();
  proxy.close();
  for (const call of [() => api.call('health', {}), put]) {
    await assert.rejects(call(), (error: Error) => {
      assert.ok(error instanceof NetworkProblem);
      assert.equal(canPass(error, true), true);
      assert.match(error.message, /the proxy http:\/\/127\.0\.0\.1:\d+ does not answer: connection refused/);
      assert.match(error.message, /NO_PROXY/);
      assert.doesNotMatch(error.message, /coordinator running/);
      return true;
    });
  }
});

test('a redirect is followed and listed like what led there, without the key where it leads to somebody else', async () => {
  const heard: string[] = [];
  const listen = async (answer: (path: string) => string | null) => {
    const other = createServer((request, response) => {
      heard.push(`${request.url} ${request.headers.authorization ?? 'no key'}`);
      const place = answer(request.url!);
      if (place !== null) response.writeHead(302, { location: place });
      response.end('there');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    closers.push(() => other.close());
    return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  };
  const elsewhere = await listen(() => null);
  const hub = await listen((path) => (path === '/second' ? `${elsewhere}/third?signature=x` : '/second'));
  const listed: string[] = [];
  const list: SentList = {
    note({ to, what }) {
      listed.push(`${what} at ${to}`);
      return () => undefined;
    },
  };
  const { fetch: ask } = openConnections({}, list);
  const answer = await ask(`${hub}/first`, { headers: { authorization: 'Bearer k' } });
  assert.deepEqual([await answer.text(), answer.url], ['there', `${elsewhere}/third?signature=x`]);
  assert.deepEqual(heard, ['/first Bearer k', '/second Bearer k', '/third?signature=x no key']);
  const expected = [`GET /first at ${hub}`, `GET /second at ${hub}`, `GET /third at ${elsewhere}`];
  assert.deepEqual(listed, expected);
  const by = await ask(`${hub}/first`, { redirect: 'manual' });
  assert.equal(by.status, 302);
  await assert.rejects(ask(`${hub}/first`, { method: 'POST', body: 'x' }), /leads elsewhere/);
});

test('an https address is tunnelled or told: nothing of it is ever passed on in the clear', async () => {
  const { proxy, connections } = await through({ tunnelStatus: 403 });
  const api = createApiClient(url.replace('http:', 'https:'), () => 'key', connections);
  await assert.rejects(api.call('health', {}), /403 by the proxy/);
  assert.deepEqual(proxy.asked, [`CONNECT ${url.slice('http://'.length)}`]);
});
