// Bytes in, the same bytes out, whatever their size around the chunks' and whatever is remembered.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sha256Hex } from '@colora/protocol/sha256';
import { type Database, openDatabase } from '../database/open-database.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { type BlobStore, createBlobStore, type StoredBlob } from './blob-store.ts';
import { createByteCache } from './byte-cache.ts';

onEachDatabase('blobs', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  async function store(blobs: BlobStore, bytes: Uint8Array, chunkBytes: number): Promise<StoredBlob> {
    const known = { sha256: sha256Hex(bytes), bytes: bytes.length };
    const staging = blobs.receive(known, blobs.borrow());
    for (let at = 0, index = 0; at < bytes.length; at += chunkBytes, index += 3) {
      await staging.add(index, bytes.subarray(at, at + chunkBytes)); // indices may leave gaps
    }
    await staging.finish();
    return { id: staging.id, ...known };
  }
  async function collect(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const part of parts) all.push(part);
    return Buffer.concat(all);
  }

  test('bytes of any size survive, read whole, streamed and in part', async () => {
    for (const cacheBytes of [0, 64 * 1024 * 1024]) {
      const blobs = createBlobStore(opened.client, opened.chunks, cacheBytes);
      for (const size of [0, 1, 299_999, 300_000, 300_001, 2_100_007]) {
        const bytes = randomBytes(size);
        const blob = await store(blobs, bytes, 300_000);
        assert.deepEqual(await collect(blobs.stream(blob)), bytes);
        assert.deepEqual(Buffer.from(await blobs.read(blob)), bytes);
        assert.equal(blobs.recall(blob) === undefined, cacheBytes === 0 && size > 0);
        for (const [from, to] of [
          [0, 1],
          [size >> 1, size],
          [299_990, 300_010],
        ] as const) {
          if (to > size) continue;
          assert.deepEqual(await collect(blobs.stream(blob, from, to)), bytes.subarray(from, to));
        }
      }
    }
  });

  for (const cacheBytes of [0, 5, 1000])
    test(`single chunks of several blobs come in the order asked for, ${cacheBytes} bytes remembered`, async () => {
      const blobs = createBlobStore(opened.client, opened.chunks, cacheBytes);
      const stored = [];
      for (const letter of ['c', 'a', 'b'])
        stored.push(await store(blobs, Buffer.from(`${letter}0${letter}1`), 2));
      const places = [...stored, ...stored].map(({ id }, at) => ({ blobId: id, index: at < 3 ? 3 : 0 }));
      assert.equal((await collect(blobs.chunks(places))).toString(), 'c1a1b1c0a0b0');
      await assert.rejects(collect(blobs.chunks([{ blobId: stored[0]!.id, index: 1 }])), /lacks its chunk 1/);
    });

  test('chunks that are forgotten while others are read come out of the database', async () => {
    const blobs = createBlobStore(opened.client, opened.chunks, 133); // 100 of received chunks
    const [first, last] = [randomBytes(100), randomBytes(60)];
    const { id: blobId } = await store(blobs, first, 20); // chunks 0, 3, 6, 9, 12
    const places = [0, 3, 6, 9, 12].map((index) => ({ blobId, index }));
    const read: Buffer[] = [];
    for await (const chunk of blobs.chunks(places)) {
      read.push(Buffer.from(chunk));
      if (read.length === 2) await store(blobs, last, 60);
    }
    assert.deepEqual(Buffer.concat(read), first);
    blobs.forget([blobId]);
    assert.deepEqual(await collect(blobs.chunks(places)), first);
  });

  test('a reader that leaves early leaves the store usable', async () => {
    const blobs = createBlobStore(opened.client, opened.chunks, 0);
    const blob = await store(blobs, randomBytes(3_000_000), 300_000);
    for (let time = 0; time < 10; time += 1) {
      for await (const _part of blobs.stream(blob)) break;
    }
    assert.equal((await collect(blobs.stream(blob))).length, 3_000_000);
  });

  test('readers that stop in the middle, as slow downloads do, hold nobody up', async () => {
    const blobs = createBlobStore(opened.client, opened.chunks, 0);
    const blob = await store(blobs, randomBytes(3_000_000), 300_000);
    const slow = Array.from({ length: 8 }, () => blobs.stream(blob)[Symbol.asyncIterator]());
    const begun = slow.map((reader) => reader.next());
    assert.equal((await Promise.race([collect(blobs.stream(blob)), delay(20_000, [])])).length, 3_000_000);
    for (const part of await Promise.all(begun)) assert.equal(part.value.length, 300_000);
    for (const reader of slow) await reader.return?.();
  });

  test('a blob with a chunk gone is an error, not short bytes', async () => {
    const blobs = createBlobStore(opened.client, opened.chunks, 0);
    const blob = await store(blobs, randomBytes(300_001), 300_000);
    await opened.client.blobChunk.deleteMany({ where: { blobId: blob.id, index: 3 } });
    await assert.rejects(blobs.read(blob), /has 300000 of 300001 bytes/);
  });

  test('a discarded blob is gone with its chunks', async () => {
    const db = opened.client;
    const blobs = createBlobStore(db, opened.chunks, 0);
    const blob = await store(blobs, randomBytes(10), 5);
    await blobs.discard(blob.id);
    assert.equal(await db.blobChunk.count({ where: { blobId: blob.id } }), 0);
  });
});

test('the cache keeps to its limit, drops the oldest, and takes no giants', () => {
  const cache = createByteCache(100);
  for (const key of ['a', 'b', 'c', 'd']) cache.put(key, new Uint8Array(25));
  cache.get('a');
  cache.put('e', new Uint8Array(25));
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e'].map((key) => cache.get(key) !== undefined),
    [true, false, true, true, true],
  );
  cache.put('giant', new Uint8Array(76));
  assert.equal(cache.get('giant'), undefined);
});
