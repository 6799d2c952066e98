// What answers that are not a coordinator's come to, asked of real servers: redirects are told and never followed, pages
// of gateways are told with what to change, and what repeating can't mend is final.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createApiClient } from '../api-client.ts';
import { NetworkProblem } from './network-problem.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bytes = new Uint8Array(10);
const join = (url: string) =>
  createApiClient(url, () => 'secret-key').call('joinGroup', { params: { group: 'q' }, body: {} });

async function problemOf(call: Promise<unknown>): Promise<NetworkProblem> {
  const error = await call.then(
    () => assert.fail('answered'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof NetworkProblem, String(error));
  return error;
}

test('a coordinator that has moved is told with its new address, and nobody is enrolled there', async () => {
  let reached = 0;
  const there = await serve((_, response) => {
    reached += 1;
    response.end('{}');
  });
  for (const status of [301, 302, 303, 307, 308]) {
    for (const to of [there, `${there}/colora`, 'https://colora.example']) {
      const here = await serve((request, response) => {
        response.writeHead(status, { location: to + request.url }).end();
      });
      const problem = await problemOf(join(here));
      assert.ok(problem.final);
      assert.equal(problem.message, `${here} has moved to ${to}; use that address`);
    }
  }
  assert.equal(reached, 0);
});

test('a redirect to something else is a login page or a wrong address', async () => {
  for (const location of ['http://portal.example/login?from=x', '/login', 'http://[', '']) {
    const here = await serve((_, response) => response.writeHead(302, { location }).end());
    const problem = await problemOf(join(here));
    assert.ok(problem.stranger && !problem.final, location);
    assert.match(problem.message, location === '' ? /302/ : /login page.*check the address/, location);
  }
});

test('what a gateway answers in the coordinator’s stead says who, what to change, and whether it passes', async () => {
  const html = '<html><h1>Nope</h1></html>';
  for (const [status, words, final] of [
    [401, /a login of its own/, true],
    [403, /forbids it; ask whoever runs it/, true],
    [405, /allow GET, POST and PUT/, true],
    [413, /client_max_body_size/, true],
    [431, /headers of this size/, true],
    [451, /blocks this address/, true],
    [501, /does not know this method/, true],
    [502, /no answer from the host behind it/, false],
    [503, /no answer from the host behind it/, false],
    [504, /no answer from the host behind it in time/, false],
    [511, /login to this network first/, true],
  ] as const) {
    const url = await serve((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'text/html', server: 'nginx/1.24' }).end(html);
    });
    const problem = await problemOf(
      createApiClient(url, () => 'k').call('putContribution', {
        params: { group: 'q', round: 1 },
        bytes,
        sha256: '0'.repeat(64),
      }),
    );
    assert.match(problem.message, words);
    assert.match(problem.message, new RegExp(`PUT ${url} was answered ${status} by .*nginx/1\\.24`));
    assert.deepEqual([problem.final, problem.stranger], [final, false], String(status));
  }
});

test('a password that nobody knew was needed: fetch drops such an answer, and still it is told', async () => {
  const url = await serve((_, response) => response.writeHead(407).end());
  const problem = await problemOf(createApiClient(url, () => 'k').call('health', {}));
  assert.match(
    problem.message,
    /a name and a password \(407\).*HTTPS_PROXY=http:\/\/name:password@host:port/,
  );
  assert.ok(problem.stranger);
});

test('a page with status 200 is no coordinator: not for a question, nor for a checkpoint', async () => {
  const url = await serve((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>welcome'),
  );
  const api = createApiClient(url, () => 'k');
  for (const call of [
    () => api.call('health', {}),
    () => api.call('getCheckpoint', { params: { group: 'q', version: 1 } }),
  ]) {
    const problem = await problemOf(call());
    assert.ok(problem.stranger);
    assert.match(problem.message, /a web page: log in to this network in a browser.*check the address/);
  }
});
