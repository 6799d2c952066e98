// Chunks in a Postgres server, by binary COPY over connections of their own: half the processor time of parameters,
// a quarter of base64 (docs/decisions.md). Which bytes they are is not known here.
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { createGate } from '../gate.ts';
import type { ChunkStorage } from './chunk-storage.ts';
import { copyInput, copyOutput } from './copy-format.ts';

/** One leaves the server idle between batches; more wait for each other where the table grows, and cost processor time. */
const writers = 2;
const readers = 2;
/** A statement that takes longer means a database that does not answer. */
const statementTimeoutMs = 60_000;

/** `config` names the server; the connections are made when first needed. */
export function postgresChunks(config: pg.PoolConfig): ChunkStorage {
  const pool = new pg.Pool({
    ...config,
    // Staged bytes need not reach the disk one by one: the synchronous commit that makes them count flushes the log up
    // to itself, and so all that was committed before.
    options: `${config.options ?? ''} -c synchronous_commit=off -c statement_timeout=${statementTimeoutMs}`,
    max: writers + readers,
    keepAlive: true,
  });
  pool.on('connect', (client) => client.on('error', () => undefined)); // told to whoever uses it; idle ones are replaced
  pool.on('error', () => undefined);
  // Else waiting for a place would count as waiting for the server.
  const [writing, reading] = [createGate(writers), createGate(readers)];

  async function withClient<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const leave = await writing.enter();
    try {
      const client = await pool.connect();
      let done = false;
      try {
        const result = await use(client);
        done = true;
        return result;
      } finally {
        client.release(!done); // a COPY broken off leaves the connection in no known state
      }
    } finally {
      leave();
    }
  }

  return {
    createBlob: ({ id, sha256, bytes }) =>
      withClient(async (client) => {
        const text = 'INSERT INTO "Blob" ("id", "sha256", "bytes") VALUES ($1, $2, $3)';
        await client.query({ name: 'create-blob', text, values: [id, sha256, bytes] });
      }),
    write: (blobId, chunks) =>
      withClient(async (client) => {
        const text = 'COPY "BlobChunk" ("blobId", "index", "data") FROM STDIN (FORMAT binary)';
        const copy = client.query(copyFrom(text));
        const done = finished(copy);
        for (const part of copyInput(blobId, chunks)) copy.write(part); // a batch: held by the caller anyway
        copy.end();
        await done;
      }),
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

/** COPY takes no parameters. A look-up by key for each place, which the rows of unnest keep in their order. */
function readStatement(places: readonly { blobId: string; index: number }[]): string {
  const ids = places.map(({ blobId }) => pg.escapeLiteral(blobId)).join(',');
  const indices = places.map(({ index }) => Math.trunc(index)).join(',');
  return `COPY (
    SELECT (SELECT c."data" FROM "BlobChunk" c WHERE c."blobId" = p."id" AND c."index" = p."index")
    FROM unnest(ARRAY[${ids}]::text[], ARRAY[${indices}]::int[]) AS p("id", "index")
  ) TO STDOUT (FORMAT binary)`;
}
