// A coordinator that tells members other settings than the group has: the real one, with a hand in its answers.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** An answer of the coordinator; changed in place. */
export interface Told {
  [field: string]: unknown;
}

export interface LyingCoordinator {
  readonly url: string;
  /** Every answer in JSON passes through it, with its address and what was asked. */
  lie: (told: Told, path: string, asked: string) => void;
  close(): void;
}

export async function lyingCoordinator(url: string): Promise<LyingCoordinator> {
  const passOn = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const { connection: _, host: __, expect: ___, ...headers } = request.headers;
    const answer = await fetch(url + request.url, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    let bytes = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type') ?? '';
    if (type.startsWith('application/json')) {
      const told = JSON.parse(bytes.toString()) as Told;
      coordinator.lie(told, request.url ?? '', body.toString());
      bytes = Buffer.from(JSON.stringify(told));
    }
    response.writeHead(answer.status, { 'content-type': type, etag: answer.headers.get('etag') ?? '' });
    response.end(bytes);
  };
  const server = createServer((request, response) => {
    void passOn(request, response).catch(() => response.destroy()); // either side went away
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const coordinator: LyingCoordinator = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: () => undefined,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return coordinator;
}
