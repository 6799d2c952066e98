// Uploads against real servers that refuse before the body is read, in its middle, or say nothing: what they
// answered is what is told, never the broken pipe behind it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { sha256Hex } from '@colora/protocol/sha256';
import { type LogLine, logTo } from '../client-log.ts';
import { openConnections } from '../proxy/connections.ts';
import { unlisted } from '../proxy/sent-list.ts';
import type { Waiting } from '../workspace/outbox.ts';
import { createBucket } from './bandwidth.ts';
import { deliver } from './deliver.ts';
import { putFile, type Upload } from './upload.ts';

const bytes = randomBytes(8 * 1024 * 1024);
let folder = '';
let path = '';
const servers: (Server | TcpServer)[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-upload-'));
  path = join(folder, 'contribution.safetensors');
  await writeFile(path, bytes);
});
after(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

async function listen(server: Server | TcpServer): Promise<string> {
  servers.push(server);
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const upload = (url: string, extra: Partial<Upload> = {}): Upload => ({
  url,
  connections: openConnections({}, unlisted),
  headers: {},
  path,
  bytes: bytes.byteLength,
  sha256: sha256Hex(bytes),
  signal: new AbortController().signal,
  patienceSeconds: 20,
  ...extra,
});

const problem = (code: string, status: number, detail: string) =>
  JSON.stringify({ type: `urn:colora:problem:${code}`, title: code, status, code, detail });

/** A server that speaks raw TCP: it closes on unread bytes, which resets the connection. */
function rude(answerAfterBytes: number, answer: string, saysContinue: boolean): TcpServer {
  return createTcpServer((socket) => {
    let seen = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (seen === 0 && saysContinue) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      seen += chunk.byteLength;
      if (seen < answerAfterBytes) return;
      socket.pause();
      socket.end(answer);
    });
  });
}

const rawAnswer = (status: string, body: string, headers = '') =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}Connection: close\r\n\r\n${body}`;

test('the bytes arrive as they are, also where nobody knows Expect', async () => {
  const take = async (server: Server) => {
    let sha = '';
    const listener: RequestListener = async (request, response) => {
      const hash = createHash('sha256');
      for await (const chunk of request) hash.update(chunk);
      sha = hash.digest('hex');
      response.end('{}');
    };
    server.on('request', listener);
    const answer = await putFile(upload(await listen(server)));
    assert.equal(answer.status, 200);
    assert.equal(sha, sha256Hex(bytes));
  };
  await take(createServer());
  const ignores = createServer();
  ignores.on('checkContinue', (request, response) => ignores.emit('request', request, response));
  await take(ignores);
  const cannot = createServer();
  cannot.on('checkContinue', (_, response) => response.writeHead(417).end());
  await take(cannot);
});

test('refused before the body: no byte of it is sent', async () => {
  let received = 0;
  const server = createServer();
  server.on('checkContinue', (request, response) => {
    request.on('data', (chunk) => {
      received += chunk.length;
    });
    response.writeHead(413).end('too large');
  });
  const answer = await putFile(upload(await listen(server)));
  assert.deepEqual([answer.status, answer.text, received], [413, 'too large', 0]);
});

for (const [when, after, says] of [
  ['at once, closing the connection', 1, false],
  ['in the middle of the body, closing on what is under way', 300_000, true],
  ['in the middle of the body, which came unasked', 300_000, false],
] as const) {
  test(`refused ${when}: the answer is told`, async () => {
    const body = problem('not-finite', 422, 'NaN in x.A');
    const url = await listen(rude(after, rawAnswer('422 Unprocessable Content', body), says));
    for (let times = 0; times < 5; times += 1) {
      const answer = await putFile(upload(url));
      assert.deepEqual([answer.status, answer.text], [422, body]);
    }
  });
}

test('a server that drains and refuses at the end, and one that breaks off without a word', async () => {
  const polite = createServer((request, response) => {
    request.once('data', () => response.writeHead(503, { 'retry-after': '3' }).end('later'));
  });
  const answer = await putFile(upload(await listen(polite)));
  assert.deepEqual([answer.status, answer.header('retry-after'), answer.text], [503, '3', 'later']);
  const silent = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.destroy());
  });
  await assert.rejects(putFile(upload(await listen(silent))), NetworkProblem);
  await assert.rejects(putFile(upload('http://127.0.0.1:1')), /connection refused/);
});

test('silence is given up; a stop ends it at once; an unreadable file is no network problem', async () => {
  const deaf = createTcpServer((socket) => socket.on('error', () => undefined).pause());
  const url = await listen(deaf);
  await assert.rejects(putFile(upload(url, { patienceSeconds: 0.2 })), /no answer in time/);
  const stop = new AbortController();
  const stopped = assert.rejects(putFile(upload(url, { signal: stop.signal })), { name: 'AbortError' });
  setTimeout(() => stop.abort(), 100);
  await stopped;
  const server = createServer((request, response) => request.resume().on('end', () => response.end()));
  await assert.rejects(putFile(upload(await listen(server), { path: join(folder, 'gone') })), {
    name: 'UnreadableFile',
    message: /gone/,
  });
});

test('a capped upload takes longer than its bytes at the rate, and arrives whole', async () => {
  const small = randomBytes(200_000);
  const smallPath = join(folder, 'small');
  await writeFile(smallPath, small);
  let received = 0;
  const server = createServer(async (request, response) => {
    for await (const chunk of request) received += chunk.length;
    response.end();
  });
  const began = performance.now();
  const bucket = createBucket(400_000);
  await putFile(upload(await listen(server), { path: smallPath, bytes: small.byteLength, bucket }));
  assert.equal(received, small.byteLength);
  assert.ok(performance.now() - began > 350, 'half a second at the rate, less the first tenth');
});

test('503, 429 and 408 are tried again, at the soonest when Retry-After allows, until it is acknowledged', async () => {
  const answers = [
    rawAnswer('503 Service Unavailable', problem('unavailable', 503, 'starting'), 'Retry-After: 1\r\n'),
    rawAnswer('429 Too Many Requests', 'slow down', 'Retry-After: 0\r\n'),
    rawAnswer('408 Request Timeout', 'too slow'),
    rawAnswer(
      '200 OK',
      JSON.stringify({
        round: 4,
        version: 3,
        sha256: 'a'.repeat(64),
        staleness: 1,
        repeated: false,
        receipt: null,
      }),
    ),
  ];
  const times: number[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      times.push(performance.now());
      socket.end(answers[times.length - 1] ?? '');
    });
  });
  const lines: LogLine[] = [];
  const heard: number[] = [];
  const contribution: Waiting = { path, bytes: bytes.byteLength, sha256: 'a'.repeat(64) };
  const transfers = {
    url: await listen(server),
    connections: openConnections({}, unlisted),
    key: () => 'key',
    upload: undefined,
    download: undefined,
    patienceSeconds: 5,
  };
  const result = await deliver(
    { group: 'reviews', round: 3, contribution, signature: 'b'.repeat(128) },
    {
      transfers,
      signal: new AbortController().signal,
      log: logTo((line) => void lines.push(line)),
      backoff: { baseSeconds: 0.01, capSeconds: 0.05 },
      onAnswer: async ({ round }) => void heard.push(round),
    },
  );
  assert.equal(result, 'acknowledged');
  assert.deepEqual(heard, [4]);
  assert.equal(times.length, 4);
  assert.ok(times[1]! - times[0]! >= 990, 'Retry-After is waited for');
  assert.match(lines.at(-1)!.message, /round 3: late, and counted in round 4/);
});
