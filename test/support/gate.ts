// A gate in front of a coordinator: an HTTP proxy that passes everything on and lets a test stand at the
// door, before a request is let in and before its answer is let out, which it may put another one's body into. Sockets are not
// let through.
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Where a request stands: `PUT /v1/groups/x/rounds/1/contribution`, going in or coming out. */
export interface Passage {
  readonly line: string;
  readonly way: 'in' | 'out';
  /** Of the request, or of its answer. */
  readonly body: Uint8Array;
}

export interface Gate {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `atDoor` is awaited at each passage; while it never resolves, the request stands still. Bytes that it returns on the way out are let
 * out in the place of the answer's.
 */
export async function openGate(
  target: string,
  atDoor: (passage: Passage) => unknown,
  port = 0,
): Promise<Gate> {
  const { hostname, port: targetPort } = new URL(target);
  const server = createServer(async (incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`;
    const body = await buffer(incoming).catch(() => null);
    if (body === null) return;
    await atDoor({ line, way: 'in', body });
    const { method, url: path, headers } = incoming;
    const passed = send({ hostname, port: targetPort, method, path, headers }, async (answer) => {
      const bytes = await buffer(answer).catch(() => null);
      if (bytes === null) return outgoing.destroy();
      const said = await atDoor({ line, way: 'out', body: bytes });
      const told = said instanceof Uint8Array ? said : bytes;
      const changed = told === bytes ? {} : { 'content-length': told.length };
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...changed }).end(told);
    });
    passed.on('error', () => outgoing.destroy());
    passed.end(body);
  });
  server.on('upgrade', (_, socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}
