// A pool of connections to a Postgres server on which nothing hangs for ever: one that is used and on which nothing moves
// for too long is broken, and so are all of them when the server is known to hang. A statement that was given up must not
// leave its connection to others: its transaction would still be open there.
import type { Socket } from 'node:net';
import pg from 'pg';

export interface CuttablePool {
  readonly pool: pg.Pool;
  /** Breaks the connections in use; what waits for them is rejected with ETIMEDOUT. */
  cut(): void;
}

/** `silentMs`: how long a connection in use may go without a byte either way. */
export function openCuttablePool(config: pg.PoolConfig, silentMs: number): CuttablePool {
  const pool = new pg.Pool({ ...config, keepAlive: true });
  const inUse = new Set<pg.PoolClient>();
  pool.on('connect', (client) => {
    client.on('error', () => undefined); // told to whoever uses it; idle ones are replaced
    streamOf(client).setTimeout(silentMs, () => {
      if (inUse.has(client)) breakOff(client);
    });
  });
  pool.on('error', () => undefined);
  pool.on('acquire', (client) => inUse.add(client));
  pool.on('release', (_, client) => inUse.delete(client));
  pool.on('remove', (client) => inUse.delete(client));
  return {
    pool,
    cut() {
      for (const client of inUse) breakOff(client);
    },
  };
}

function breakOff(client: pg.PoolClient): void {
  const error = new Error('the database did not answer on this connection');
  streamOf(client).destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
}

/** node-postgres's types leave it out. */
function streamOf(client: pg.PoolClient): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
