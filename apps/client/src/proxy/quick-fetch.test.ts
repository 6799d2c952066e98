// The quick way to ask is asked by the API client as the platform's own is: same answers, same errors.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { createApiClient, type FetchUrl } from '@colora/protocol/api-client';
import { quickFetch } from './quick-fetch.ts';

let server: Server;
let url: string;
const asked: (readonly [method: string, path: string, key: string | undefined, body: string])[] = [];
before(async () => {
  server = createServer(async (request, answer) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push([request.method!, request.url!, request.headers.authorization, body]);
    const path = request.url!.split('?')[0]!;
    if (path.endsWith('/slow/why')) return;
    if (path.endsWith('/cut/why')) {
      answer.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      answer.write('{"half');
      setTimeout(() => answer.destroy(), 20);
      return;
    }
    if (path === '/health') {
      answer.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      answer.end(JSON.stringify({ status: 'ok', version: 'é', database: 'pglite' }));
    } else if (path.endsWith('/page/why')) {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<h1>a router</h1>');
    } else if (path.endsWith('/elsewhere/why')) {
      answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    } else {
      answer.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '7' });
      const problem = {
        type: 'about:blank',
        title: 't',
        status: 429,
        code: 'too-many-requests',
        detail: 'later',
      };
      answer.end(JSON.stringify(problem));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const client = (fetch: FetchUrl, to = url) =>
  createApiClient(to, () => 'colora_o_key', { fetch, timeoutSeconds: 0.5 });

test('an answer, a refusal and what is neither come out as by the platform’s fetch', async () => {
  const outcomes = [];
  for (const fetch of [quickFetch, globalThis.fetch as FetchUrl]) {
    const api = client(fetch);
    const told: unknown[] = [await api.call('health', {})];
    for (const group of ['refused', 'page', 'elsewhere', 'cut', 'slow']) {
      const error = await api.call('explainGroup', { params: { group } }).catch((reason: unknown) => reason);
      assert.ok(error instanceof Error, group);
      const { name, message, retryAfter } = error as Error & { retryAfter?: number };
      told.push([group, name, retryAfter ?? null, group === 'cut' ? '' : message]);
    }
    outcomes.push(told);
  }
  assert.deepEqual(outcomes[0], outcomes[1]);
  assert.deepEqual((outcomes[0]![1] as unknown[]).slice(1, 3), ['ApiProblem', 7]);
});

test('a body arrives, and a server that is not there is told with its cause', async () => {
  asked.length = 0;
  await client(quickFetch)
    .call('createInvitation', { params: { group: 'g' }, body: { uses: 2 } })
    .catch(() => undefined);
  assert.deepEqual(asked, [['POST', '/v1/groups/g/invitations', 'Bearer colora_o_key', '{"uses":2}']]);
  await assert.rejects(client(quickFetch, 'http://127.0.0.1:1').call('health', {}), {
    name: 'NetworkProblem',
    message: /cannot reach http:\/\/127\.0\.0\.1:1: .*\(is the coordinator running there\?\)/,
  });
});
