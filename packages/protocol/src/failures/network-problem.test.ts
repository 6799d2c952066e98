// What a failed connection comes to, at real sockets: words for every code, and a wrong address told from a coordinator
// that is away.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createApiClient } from '../api-client.ts';
import { causeOf, NetworkProblem } from './network-problem.ts';
import { systemErrors } from './system-errors.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** A server that answers every connection with these bytes, and closes it then. */
async function saying(text: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(text));
  });
  servers.push(server);
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function problemAt(url: string): Promise<NetworkProblem> {
  const error = await createApiClient(url, () => null, { timeoutSeconds: 10 })
    .call('health', {})
    .then(
      () => assert.fail('answered'),
      (thrown: unknown) => thrown,
    );
  assert.ok(error instanceof NetworkProblem, String(error));
  return error;
}

test('https where http is spoken, another protocol, a port that fetch refuses: the address is wrong', async () => {
  const http = await saying('HTTP/1.1 200 OK\r\n\r\n');
  const smtp = await saying('220 mail.example ESMTP\r\n');
  for (const [url, words] of [
    [`https://127.0.0.1:${http}`, /does not speak TLS; is its address http:/],
    [`http://127.0.0.1:${smtp}`, /does not speak HTTP/],
    ['http://127.0.0.1:6000', /belongs to another protocol.*use another one/],
  ] as const) {
    const problem = await problemAt(url);
    assert.match(problem.message, words);
    assert.ok(problem.stranger, url);
  }
});

test('refused, closed, unknown: the coordinator may be away', async () => {
  const silent = await saying('');
  for (const [url, words] of [
    ['http://127.0.0.1:1024', /connection refused \(is the coordinator running there\?\)/],
    [`http://127.0.0.1:${silent}`, /the connection was (closed before the answer|cut)/],
    ['http://nowhere.invalid', /no such host|name server/],
  ] as const) {
    const problem = await problemAt(url);
    assert.match(problem.message, words);
    assert.doesNotMatch(problem.message, /E[A-Z]{4,}|UND_ERR/);
    assert.equal(problem.stranger, false, url);
  }
});

test('every code of the table becomes words, however deep it lies; a certificate’s say what to set', () => {
  for (const [code, { words }] of Object.entries(systemErrors)) {
    const error = new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
    assert.equal(causeOf(error), words);
    assert.doesNotMatch(words, /E[A-Z]{4,}\b(?!_CA)|undefined/);
  }
  const several = new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })]);
  assert.equal(causeOf(new TypeError('fetch failed', { cause: several })), 'connection refused');
  assert.match(systemErrors.DEPTH_ZERO_SELF_SIGNED_CERT.words, /NODE_EXTRA_CA_CERTS/);
});

test('a call is never left without an end: its time limit keeps the process up, in its body too', async () => {
  const client = fileURLToPath(new URL('../api-client.ts', import.meta.url));
  // Connections that are gone without a word: nothing of theirs keeps the process up.
  const script = `
    import { createApiClient } from ${JSON.stringify(client)};
    const never = () => new Promise(() => undefined);
    const limit = { timeoutSeconds: 0.5 };
    const until = (signal, call) => Promise.race([call, new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason)))]);
    const api = createApiClient('http://away.test', () => null, { ...limit, fetch: (_, { signal }) => until(signal, never()) });
    await api.call('health', {}).catch((error) => console.log(error.message));
    const silentBody = (signal) => new ReadableStream({ pull: () => until(signal, never()) });
    const half = createApiClient('http://away.test', () => null, { ...limit, fetch: async (_, { signal }) => new Response(silentBody(signal)) });
    await half.call('health', {}).catch((error) => console.log(error.message));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '-e', script],
  ]);
  assert.deepEqual(stdout.trim().split('\n'), [
    'cannot reach http://away.test: no answer in time',
    'the answer of http://away.test broke off: no answer in time',
  ]);
});
