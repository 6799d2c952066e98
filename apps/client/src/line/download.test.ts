// Downloads through a real proxy that cuts connections: what came is never asked for twice, unless the file
// behind the address is another one by now; what is wrong at the end is loaded anew.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256Hex } from '@colora/protocol/sha256';
import { createBucket } from './bandwidth.ts';
import { type Download, download, partialOf } from './download.ts';
import { cuttingProxy } from './testing-proxy.ts';

const sha256 = sha256Hex;

let folder = '';
const servers: Server[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-download-'));
});
after(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves `file.bytes` by Range and If-Range; counts what it was asked for. */
async function serve(file: { bytes: Uint8Array; ranges?: boolean; tag?: string }) {
  const asked: (string | undefined)[] = [];
  const url = await listen(
    createServer((request, response) => {
      const tag = file.tag ?? `"${sha256(file.bytes)}"`;
      const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
      asked.push(request.headers.range);
      const total = file.bytes.byteLength;
      if (range === undefined || file.ranges === false || request.headers['if-range'] !== tag) {
        response.writeHead(200, { etag: tag, 'content-length': total }).end(file.bytes);
        return;
      }
      const rest = file.bytes.subarray(Number(range));
      response
        .writeHead(206, {
          etag: tag,
          'content-length': rest.byteLength,
          'content-range': `bytes ${range}-${total - 1}/${total}`,
        })
        .end(rest);
    }),
  );
  return { url, asked };
}

let files = 0;
function options(url: string, bytes: Uint8Array, extra: Partial<Download> = {}): Download {
  files += 1;
  return {
    what: 'checkpoint 3',
    path: join(folder, `file-${files}`),
    bytes: bytes.byteLength,
    sha256: sha256(bytes),
    request: (headers, signal) => fetch(url, { headers, signal }),
    signal: new AbortController().signal,
    patienceSeconds: 20,
    ...extra,
  };
}

/** Tries until it is whole; returns how often it broke off. */
async function persist(wanted: Download): Promise<number> {
  for (let broke = 0; ; broke += 1) {
    try {
      await download(wanted);
      return broke;
    } catch (error) {
      assert.match((error as Error).message, /broke off after \d+ of \d+ bytes/);
      assert.ok(broke < 100);
    }
  }
}

test('a line that is cut every 300 KB brings 2 MB once', async () => {
  const bytes = randomBytes(2_000_000);
  const { url, asked } = await serve({ bytes });
  const proxy = await cuttingProxy(url, () => 300_000);
  const wanted = options(proxy.url, bytes);
  const broke = await persist(wanted);
  assert.ok(broke >= 6, `broke off ${broke} times`);
  assert.deepEqual(await readFile(wanted.path), bytes);
  assert.ok(
    asked.slice(1).every((range) => range !== undefined),
    'each time the rest alone',
  );
  assert.ok(proxy.passed() < 2_000_000 + broke * 100_000, `${proxy.passed()} bytes passed`);
  assert.deepEqual(
    await readdir(folder),
    [wanted.path.slice(folder.length + 1)],
    'nothing is left beside it',
  );
});

test('another file by now, a server without ranges, one without a strong tag: from the beginning', async () => {
  const [old, bytes] = [randomBytes(500_000), randomBytes(500_000)];
  for (const [first, then] of [
    [{ bytes: old }, { bytes }],
    [{ bytes }, { bytes, ranges: false }],
    [
      { bytes, tag: 'W/"weak"' },
      { bytes, tag: 'W/"weak"' },
    ],
  ]) {
    const file = { ...first! };
    const { url } = await serve(file);
    const cuts = [200_000, Number.POSITIVE_INFINITY];
    const proxy = await cuttingProxy(url, () => cuts.shift() ?? Number.POSITIVE_INFINITY);
    const wanted = options(proxy.url, bytes);
    await assert.rejects(download(wanted), /broke off/);
    Object.assign(file, then);
    await download(wanted);
    assert.deepEqual(await readFile(wanted.path), bytes);
  }
});

test('what is kept has rotted, or is longer than the whole: found at the end, and loaded anew', async () => {
  const bytes = randomBytes(500_000);
  const { url } = await serve({ bytes });
  const wanted = options(url, bytes);
  await writeFile(partialOf(wanted.path), randomBytes(1000));
  await writeFile(`${partialOf(wanted.path)}-tag`, `"${sha256(bytes)}"`);
  await assert.rejects(download(wanted), /another sha256.*anew/);
  await download(wanted);
  assert.deepEqual(await readFile(wanted.path), bytes);
  const longer = options(url, bytes);
  await writeFile(partialOf(longer.path), randomBytes(600_000));
  await writeFile(`${partialOf(longer.path)}-tag`, `"${sha256(bytes)}"`);
  await download(longer);
  assert.deepEqual(await readFile(longer.path), bytes);
});

test('a whole partial file, kept by a daemon that died before the rename, asks nobody', async () => {
  const bytes = randomBytes(1000);
  const { url, asked } = await serve({ bytes });
  const wanted = options(url, bytes);
  await writeFile(partialOf(wanted.path), bytes);
  await writeFile(`${partialOf(wanted.path)}-tag`, `"${sha256(bytes)}"`);
  await download(wanted);
  assert.deepEqual([await readFile(wanted.path), asked], [bytes, []]);
});

test('more than announced is refused, silence is given up, a stop ends it at once', async () => {
  const bytes = randomBytes(100_000);
  const { url } = await serve({ bytes });
  await assert.rejects(download({ ...options(url, bytes), bytes: 50_000 }), /larger than announced/);
  const silent = await listen(
    createServer((_, response) => {
      response.writeHead(200, { etag: '"x"', 'content-length': 100_000 });
      response.write(bytes.subarray(0, 10_000));
    }),
  );
  await assert.rejects(
    download(options(silent, bytes, { patienceSeconds: 0.3 })),
    /broke off after 10000 of 100000 bytes.*no answer in time/,
  );
  const stop = new AbortController();
  const stopped = assert.rejects(download(options(silent, bytes, { signal: stop.signal })), {
    name: 'AbortError',
  });
  setTimeout(() => stop.abort(), 100);
  await stopped;
});

test('a capped download takes longer than its bytes at the rate', async () => {
  const bytes = randomBytes(200_000);
  const { url } = await serve({ bytes });
  const began = performance.now();
  const wanted = options(url, bytes, { bucket: createBucket(400_000) });
  await download(wanted);
  assert.ok(performance.now() - began > 350);
  assert.deepEqual(await readFile(wanted.path), bytes);
});
