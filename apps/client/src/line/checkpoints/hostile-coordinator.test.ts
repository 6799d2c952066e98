// A coordinator that sends or announces more than it may: no byte is asked for that the group's settings don't make, nothing is read
// past its bound however it is packed, and the disk never holds more than was computed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { CheckpointInfo } from '@colora/protocol/entities';
import { sha256Hex } from '@colora/protocol/sha256';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { encodeWire } from '@colora/tensors/wire/wire-file';
import { openConnections } from '../../proxy/connections.ts';
import { unlisted } from '../../proxy/sent-list.ts';
import { connectHints } from '../hints.ts';
import { pullCheckpoint } from './checkpoint-cache.ts';
import { checkpointRoom } from './checkpoint-room.ts';

const megabyte = 1024 ** 2;
const settings = taskSettingsSchema.parse({
  baseModel: { name: 'use-lite', modelType: 'use-lite', fingerprint: 'a'.repeat(64) },
  task: { kind: 'classification', labels: ['good', 'bad'], head: 'by-label', clusters: 'auto' },
  training: { phases: 'joint' },
});
const tensors: TensorMap = new Map([
  ['head/bad', { shape: [5], data: new Float32Array(5) }],
  ['layer.shared.A', { shape: [8, 16], data: new Float32Array(128).fill(0.5) }],
]);
const room = checkpointRoom(
  settings,
  [...tensors].map(([name, { shape }]) => ({ name, shape })),
);

let folder = '';
let server: Server;
let url = '';
let api: ApiClient;
let requests: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-hostile-'));
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api = createApiClient(url, () => null, { timeoutSeconds: 20 });
});
afterEach(async () => {
  requests = [];
  await rm(checkpoints(), { recursive: true, force: true });
});
after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const checkpoints = () => join(folder, 'checkpoints');
const pull = (info: Partial<CheckpointInfo> & { bytes: number; sha256: string }) =>
  pullCheckpoint(
    {
      api,
      room,
      group: { name: 'reviews' },
      folder: checkpoints(),
      signal: new AbortController().signal,
      transfers: {
        ...{
          url,
          connections: openConnections({}, unlisted),
          key: () => null,
          upload: undefined,
          download: undefined,
        },
        patienceSeconds: 20,
      },
    },
    { version: 3, encoding: 'f32', createdAt: new Date().toISOString(), ...info },
  );
const offer = (bytes: Uint8Array) => {
  answer = (_, response) => response.end(bytes);
  return pull({ bytes: bytes.byteLength, sha256: sha256Hex(bytes) });
};
async function heldBytes(): Promise<number> {
  const names = await readdir(checkpoints()).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(checkpoints(), name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
/** Zeros without an end but for so many, and how many of them were drawn. */
function zeros(most: number) {
  const drawn = { bytes: 0 };
  const chunk = Buffer.alloc(65_536);
  const source = Readable.from(
    (function* () {
      for (; drawn.bytes < most; drawn.bytes += chunk.length) yield chunk;
    })(),
  );
  return { source, drawn };
}

test('a checkpoint of 32 TB that is announced is not asked for', async () => {
  await assert.rejects(pull({ bytes: 32e12, sha256: 'f'.repeat(64) }), {
    code: 'excessive',
    message: /announces 32000000000000 bytes, and the group’s settings make \d+ at most/,
  });
  assert.deepEqual(requests, []);
  assert.equal(await heldBytes(), 0);
});

test('the honest checkpoint is taken in every form that a group has, with its clusters’ rows', async () => {
  const withRows = new Map([...tensors, ['head/7/good', { shape: [5], data: new Float32Array(5) }]]);
  for (const map of [tensors, withRows]) {
    const got = await offer(encodeWire(map, { encoding: 'f32' }));
    assert.deepEqual([...got.keys()].sort(), [...map.keys()].sort());
  }
});

test('tensors that the settings don’t make are refused: other names, shapes, labels', async () => {
  for (const [name, shape] of [
    ['more', [5]],
    ['layer.shared.A', [16, 8]],
    ['head/7/good', [6]],
    ['head/7/unheard-of', [5]],
  ] as [string, number[]][]) {
    const data = new Float32Array(shape.reduce((a, b) => a * b));
    const bytes = encodeWire(new Map([...tensors, [name, { shape, data }]]), { encoding: 'f32' });
    await assert.rejects(
      offer(bytes),
      { code: 'excessive', message: /which the group’s settings don’t make/ },
      name,
    );
  }
});

/** A few bytes that say of themselves that they are a gigabyte. */
function bomb(encoding: string): Uint8Array {
  const shape = [16_384, 16_384];
  const ranges = (shape[0]! * shape[1]!) / 65_536;
  const bytes = 4 * ranges; // each: no value is sent
  const head = { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] };
  const metadata = { encoding, shapes: JSON.stringify([['layer.shared.A', shape]]) };
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, 'layer.shared.A': head }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(bytes)]);
}

test('16 KB that would decode to a gigabyte take no memory: top-k, and shapes without their bytes', async () => {
  for (const [encoding, said] of [
    ['top-k', /never top-k/],
    ['int8', /more elements than it has bytes/],
  ] as const) {
    const bytes = bomb(encoding);
    assert.ok(bytes.byteLength < 17_000);
    const { arrayBuffers } = process.memoryUsage();
    await assert.rejects(offer(bytes), { code: 'excessive', message: said });
    assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 50 * megabyte);
  }
});

test('a checkpoint that was packed unasked is not unpacked past what was announced', async () => {
  const { source, drawn } = zeros(400 * megabyte);
  answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    source.pipe(createGzip()).pipe(response);
  };
  await assert.rejects(pull({ bytes: room.mostBytes, sha256: 'e'.repeat(64) }), /larger than announced/);
  assert.ok((await heldBytes()) <= room.mostBytes + 1000, 'no more is on the disk than was computed');
  assert.ok(drawn.bytes < 200 * megabyte, `${drawn.bytes} bytes were drawn`);
});

test('checkpoints that break off, each under another name, don’t pile up', async () => {
  let open: ServerResponse | undefined;
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': 5000, etag: '"one"' });
    response.write(Buffer.alloc(4000));
    open = response;
  };
  const breakOff = async (digit: string) => {
    const broken = assert.rejects(pull({ bytes: 5000, sha256: digit.repeat(64) }), /broke off after 4000 of/);
    const partial = join(checkpoints(), `${digit.repeat(64)}.safetensors.partial`);
    while ((await stat(partial).catch(() => null))?.size !== 4000) await delay(5);
    open?.destroy();
    await broken;
  };
  for (const digit of '0123') await breakOff(digit);
  const last = `${'3'.repeat(64)}.safetensors.partial`;
  assert.deepEqual((await readdir(checkpoints())).sort(), [last, `${last}-tag`]);
  await writeFile(join(checkpoints(), 'kept'), 'another file stays until a whole one is there');
  await breakOff('4');
  assert.ok((await readdir(checkpoints())).includes('kept'));
});

for (const [name, pack] of [
  ['gzip', createGzip],
  ['br', () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
] as const) {
  test(`an answer of 400 MB in ${name} is read as far as an answer goes`, async () => {
    const { source, drawn } = zeros(400 * megabyte);
    answer = (_, response) => {
      response.writeHead(200, { 'content-encoding': name, 'content-type': 'application/json' });
      source.pipe(pack()).pipe(response);
    };
    await assert.rejects(api.call('getAssignment', { params: { group: 'reviews' } }), {
      name: 'NetworkProblem',
      final: true,
      message: /larger than the 8388608 bytes/,
    });
    assert.ok(drawn.bytes < 300 * megabyte, `${drawn.bytes} bytes were drawn`);
  });
}

test('a refusal is an answer too', async () => {
  answer = (_, response) => {
    response.writeHead(500, { 'content-type': 'application/problem+json' });
    zeros(40 * megabyte).source.pipe(response);
  };
  await assert.rejects(api.call('getAssignment', { params: { group: 'reviews' } }), /larger than the/);
});

/** A text frame as a server sends it (RFC 6455, 5.2), and what is in it. */
function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(body.length));
  if (body.length < 126) return Buffer.concat([Buffer.from([0x81, body.length]), body]);
  return Buffer.concat([Buffer.from([0x81, 127]), length, body]);
}

test('a hint of megabytes closes the socket and is not read', { timeout: 20_000 }, async (t) => {
  // one that would be heard, were it shorter
  const hint = (bytes: number) =>
    `42${JSON.stringify(['group:changed', { group: 'reviews', state: 'paused' }]).replace(',', `,${' '.repeat(bytes)}`)}`;
  let end: () => void;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  let offered = '';
  let heard = 0;
  server.once('upgrade', (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    offered = request.headers['sec-websocket-extensions'] ?? '';
    const accept = createHash('sha1').update(key).digest('base64');
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write(`${[...lines, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`);
    const open = { sid: 'a', upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1e6 };
    socket.write(frame(`0${JSON.stringify(open)}`));
    socket.write(frame('40{"sid":"b"}'));
    socket.write(frame(hint(megabyte)));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (!chunk.includes(0x88)) return; // the frame that closes
      end();
      socket.end();
    });
  });
  answer = (_, response) => response.writeHead(500).end(); // what it tries without a WebSocket
  const hints = await connectHints({
    url,
    connections: openConnections({}, unlisted),
    key: () => null,
    group: 'reviews',
    onHint: () => {
      heard += 1;
    },
    log: () => undefined,
  });
  t.after(() => hints.close());
  await closed;
  assert.equal(heard, 1, 'it rings when it has connected, and not for the hint');
  assert.doesNotMatch(offered, /deflate/);
});
