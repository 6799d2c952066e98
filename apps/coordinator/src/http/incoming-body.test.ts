// Bodies over a real socket: read no faster than they are used, given up when they stall, and answered either way.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatContentDigest } from '@colora/protocol/digest';
import { ProblemError } from '@colora/protocol/problems';
import { sha256Hex } from '@colora/protocol/sha256';
import { createUploadLimits } from '../load/upload-limits.ts';
import { type IncomingBody, incomingBody, type Pace } from './incoming-body.ts';

/** Answers with what `use` made of the body, or the problem's code. */
async function serve(pace: Pace, use: (body: IncomingBody, request: IncomingMessage) => Promise<string>) {
  const server = createServer((request, response) => {
    use(incomingBody(request, '127.0.0.1', pace), request).then(
      (text) => response.end(text),
      (error) => response.end(error instanceof ProblemError ? error.code : String(error)),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const pace = { longestSeconds: 60 };

async function readAll(body: IncomingBody): Promise<string> {
  const hash = createHash('sha256');
  const upload = await createUploadLimits(1).enter({ owner: 'somebody', address: body.address });
  for await (const part of body.read(1e9, upload)) hash.update(part);
  return hash.digest('hex');
}

const headOf = (bytes: Uint8Array, length = bytes.length) =>
  `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\ncontent-digest: ${formatContentDigest(
    sha256Hex(bytes),
  )}\r\n\r\n`;

test('a sender that stalls is given up and told so', async () => {
  const server = await serve({ ...pace, graceSeconds: 0.2, bytesPerSecond: 1e6 }, readAll);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(headOf(new Uint8Array(100)));
  socket.write(new Uint8Array(10));
  const [answer] = await new Promise<Buffer[]>((done) => socket.once('data', (data) => done([data])));
  assert.match(answer!.toString(), /too-slow/);
  socket.destroy();
  server.close();
});

test('a sender that is only slow gets through', async () => {
  const server = await serve({ ...pace, graceSeconds: 30, bytesPerSecond: 1e6 }, readAll);
  const bytes = randomBytes(10);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(headOf(bytes));
  for (const byte of bytes) {
    socket.write(Uint8Array.of(byte));
    await sleep(5);
  }
  const [answer] = await new Promise<Buffer[]>((done) => socket.once('data', (data) => done([data])));
  assert.ok(answer!.toString().includes(sha256Hex(bytes)));
  socket.destroy();
  server.close();
});

test('a sender that is never slow and never ends is given up too', { timeout: 20_000 }, async () => {
  const server = await serve({ graceSeconds: 3000, bytesPerSecond: 1e6, longestSeconds: 0.2 }, readAll);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(headOf(new Uint8Array(1e6)));
  const timer = setInterval(() => socket.write(new Uint8Array(10)), 20);
  const [answer] = await new Promise<Buffer[]>((done) => socket.once('data', (data) => done([data])));
  assert.match(answer!.toString(), /too-slow/);
  clearInterval(timer);
  socket.destroy();
  server.close();
});

test('what is not read stays with its sender', async () => {
  let letRead: () => void = () => undefined;
  const mayRead = new Promise<void>((done) => {
    letRead = done;
  });
  const bytes = randomBytes(64 * 1024 * 1024);
  let held = 0;
  const server = await serve({ ...pace, graceSeconds: 60, bytesPerSecond: 1e6 }, async (body, request) => {
    await sleep(500);
    held = request.readableLength;
    await mayRead;
    return readAll(body);
  });
  const answer = fetch(`http://127.0.0.1:${server.port}`, {
    method: 'PUT',
    body: bytes as Uint8Array<ArrayBuffer>,
    headers: { 'content-digest': formatContentDigest(sha256Hex(bytes)) },
  });
  await sleep(700);
  assert.ok(held < 1024 * 1024, `${held} bytes were taken from the socket`);
  letRead();
  assert.equal(await (await answer).text(), sha256Hex(bytes));
  server.close();
});

test('a sender that goes away is noticed', async () => {
  let code = '';
  let heard: () => void = () => undefined;
  const over = new Promise<void>((done) => {
    heard = done;
  });
  const server = await serve({ ...pace, graceSeconds: 60, bytesPerSecond: 1 }, async (body) => {
    await readAll(body).catch((error: ProblemError) => {
      code = error.code;
    });
    heard();
    return code;
  });
  const socket = connect(server.port, '127.0.0.1');
  socket.write(headOf(new Uint8Array(100)));
  socket.write(new Uint8Array(10));
  await sleep(50);
  socket.destroy();
  await over;
  assert.equal(code, 'truncated-body');
  server.close();
});
