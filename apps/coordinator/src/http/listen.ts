// The address a coordinator listens on: whether it is free, taking it, and what to mend where it cannot be had.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { StartError } from '../start-error.ts';

/** Before anything is made for a coordinator that could not be reached. Throws StartError. */
export async function assertFree(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen({ host, port, exclusive: true }, done);
    });
  } catch (error) {
    throw new StartError(explain(error, host, port), { cause: error });
  } finally {
    await new Promise((done) => server.close(done));
  }
}

/** Returns the url to reach it by from this machine. Throws StartError. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw new StartError(explain(error, host, port), { cause: error });
  }
  const bound = (app.server.address() as AddressInfo).port;
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  const scheme = app.server instanceof TlsServer ? 'https' : 'http';
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${bound}`;
}

function explain(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${host} is in use: stop the program there, or choose another with --port or PORT`;
  }
  if (code === 'EACCES') return `port ${port} needs more rights: choose one above 1023 with --port or PORT`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is no address of this machine: choose another with --host or HOST`;
  }
  return `cannot listen on ${host}:${port} (${error instanceof Error ? error.message : String(error)})`;
}
