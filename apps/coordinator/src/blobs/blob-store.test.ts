// Bytes in, the same bytes out, whatever their size around the chunks' and whatever is remembered.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Database, openDatabase } from '../database/open-database.ts';
import { onEachDatabase } from '../database/test-databases.ts';
import { chunkBytes, createBlobStore, hashBytes } from './blob-store.ts';
import { createByteCache } from './byte-cache.ts';

onEachDatabase('blobs', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  test('sizes around a chunk survive, read whole and streamed', async () => {
    const db = opened.client;
    for (const cacheBytes of [0, 64 * 1024 * 1024]) {
      const blobs = createBlobStore(db, cacheBytes);
      for (const size of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes + 7]) {
        const bytes = randomBytes(size);
        const blob = await db.$transaction((tx) => blobs.write(tx, bytes));
        assert.equal(blob.sha256, hashBytes(bytes));
        const parts: Uint8Array[] = [];
        for await (const part of blobs.stream(blob)) parts.push(part);
        assert.deepEqual(Buffer.concat(parts), bytes);
        assert.deepEqual(Buffer.from(await blobs.read(blob)), bytes);
      }
    }
  });

  test('a blob with a chunk gone is an error, not short bytes', async () => {
    const blobs = createBlobStore(opened.client, 0);
    const blob = await opened.client.$transaction((tx) => blobs.write(tx, randomBytes(chunkBytes + 1)));
    await opened.client.blobChunk.deleteMany({ where: { blobId: blob.id, index: 1 } });
    await assert.rejects(blobs.read(blob), /has 262144 of 262145 bytes/);
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
  cache.put('giant', new Uint8Array(26));
  assert.equal(cache.get('giant'), undefined);
});
