// The embedded database uses again what was removed, and its log ends: it stays as large as what is in it, however long it runs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createBlobStore } from '../blobs/blob-store.ts';
import { deleteChunks } from '../blobs/delete-chunks.ts';
import { openDatabase } from '../database/open-database.ts';
import { layEmbeddedDatabase } from '../testing/embedded.ts';
import { keepEmbedded } from './embedded-upkeep.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-upkeep-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('what comes and goes takes no more room than what was there at once', async () => {
  await layEmbeddedDatabase(folder);
  const database = await openDatabase({ dataFolder: folder });
  const { client } = database;
  const keep = (isQuiet: boolean) =>
    keepEmbedded(
      client,
      database.vacuum!,
      async () => isQuiet,
      () => false,
    );
  const store = async (chunks: number) => {
    const blob = createBlobStore(client, database.chunks, 0).stage();
    for (let index = 0; index < chunks; index += 1) await blob.add(index, randomBytes(256 * 1024));
    await blob.finish();
    return blob.id;
  };
  const taken = async () => {
    const [row] = await client.$queryRaw<{ bytes: number }[]>`
      SELECT pg_total_relation_size('"BlobChunk"')::float8 AS "bytes"`;
    return row!.bytes;
  };
  try {
    for (let turn = 0; turn < 8; turn += 1) {
      await deleteChunks(client, await store(8));
      assert.deepEqual(await keep(false), ['BlobChunk']);
    }
    const bytes = await taken();
    assert.ok(bytes < 5e6, `${bytes} bytes, of 2 MB that came and went eight times`);
  } finally {
    await database.close();
  }
});
