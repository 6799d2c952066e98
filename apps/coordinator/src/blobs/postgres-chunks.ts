// Chunks in a Postgres server, by binary COPY over connections of their own: half the processor time of parameters,
// a quarter of base64 (docs/decisions.md). Which bytes they are is not known here.
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { batched } from '../load/batching.ts';
import { createSemaphore } from '../load/semaphore.ts';
import { reusedMemory } from './chunk-memory.ts';
import type { Chunk, ChunkStorage, NewBlob, TakeMemory } from './chunk-storage.ts';
import { copyInput, copyOutput } from './copy-format.ts';

/** One leaves the server idle between batches; more wait for each other where the table grows, and cost processor time. */
const writers = 2;
const readers = 2;
/** Of chunks that go in one COPY. */
const bytesAtOnce = 4 * 1024 * 1024;
/** A statement that takes longer means a database that does not answer. */
export const statementTimeoutMs = 60_000;

/** The pool that `postgresChunks` takes: `config` names the server. */
export function chunkPool(config: pg.PoolConfig): pg.PoolConfig {
  return {
    ...config,
    // Staged bytes need not reach the disk one by one: the synchronous commit that makes them count flushes the log up
    // to itself, and so all that was committed before.
    options: `${config.options ?? ''} -c synchronous_commit=off -c statement_timeout=${statementTimeoutMs}`,
    max: writers + readers,
  };
}

/** `pool` is ended with it. */
export function postgresChunks(pool: pg.Pool): ChunkStorage {
  // Else waiting for a place would count as waiting for the server.
  const reading = createSemaphore(readers);

  async function withClient<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let done = false;
    try {
      const result = await use(client);
      done = true;
      return result;
    } finally {
      client.release(!done); // a COPY broken off leaves the connection in no known state
    }
  }
  const inputs: TakeMemory[] = []; // a writer's each
  const writeAll = async (writes: readonly Write[]) => {
    await withClient(async (client) => {
      const begun = writes.flatMap(({ blobId, begin }) =>
        begin === undefined ? [] : [{ id: blobId, ...begin }],
      );
      if (begun.length > 0) await client.query(insertBlobs(begun));
      const rows = writes.flatMap(({ blobId, chunks }) => chunks.map((chunk) => ({ blobId, ...chunk })));
      const input = inputs.pop() ?? reusedMemory();
      if (rows.length > 0) await copyRows(client, copyInput(rows, input));
      inputs.push(input); // not where it failed: the socket may still hold it
    });
    return writes.map(() => undefined);
  };
  const write = batched(writeAll, { atOnce: writers, most: bytesAtOnce, weigh: bytesOf });

  return {
    write: (blobId, chunks, begin) => write({ blobId, chunks, begin }),
    async *read(places, take) {
      const leave = await reading.enter();
      try {
        const client = await pool.connect();
        let done = false;
        try {
          const copy = client.query(copyTo(readStatement(places), { highWaterMark: 512 * 1024 }));
          yield* copyOutput(copy, take);
          done = true;
        } finally {
          client.release(!done);
        }
      } finally {
        leave();
      }
    },
    close: () => pool.end(),
  };
}

interface Write {
  readonly blobId: string;
  readonly chunks: readonly Chunk[];
  readonly begin: NewBlob | undefined;
}

function bytesOf({ chunks }: Write): number {
  return chunks.reduce((sum, { data }) => sum + data.length, 0);
}

function insertBlobs(blobs: readonly (NewBlob & { readonly id: string })[]): pg.QueryConfig {
  return {
    name: 'insert-blobs',
    text: `INSERT INTO "Blob" ("id", "sha256", "bytes") SELECT * FROM unnest($1::text[], $2::text[], $3::int[])`,
    values: [blobs.map(({ id }) => id), blobs.map(({ sha256 }) => sha256), blobs.map(({ bytes }) => bytes)],
  };
}

async function copyRows(client: pg.PoolClient, input: Uint8Array): Promise<void> {
  const copy = client.query(
    copyFrom('COPY "BlobChunk" ("blobId", "index", "data") FROM STDIN (FORMAT binary)'),
  );
  const done = finished(copy);
  copy.end(input);
  await done;
}

/** COPY takes no parameters. A look-up by key for each place, which the rows of unnest keep in their order. */
function readStatement(places: readonly { blobId: string; index: number }[]): string {
  const ids = places.map(({ blobId }) => pg.escapeLiteral(blobId)).join(',');
  const indices = places.map(({ index }) => Math.trunc(index)).join(',');
  return `COPY (
    SELECT (SELECT c."data" FROM "BlobChunk" c WHERE c."blobId" = p."id" AND c."index" = p."index")
    FROM unnest(ARRAY[${ids}]::text[], ARRAY[${indices}]::int[]) AS p("id", "index")
  ) TO STDOUT (FORMAT binary)`;
}
