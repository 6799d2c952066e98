// The Hub's files lie on other hosts: redirects are followed, by the rule of proxies, and the token stays with the Hub.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { hubFetch } from './hub-fetch.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const limits = { signal: new AbortController().signal, mostBytes: 1000 };

test('the token goes to the Hub alone: not after a redirect, nor when its client asks the storage host itself', async () => {
  const tokens: Record<string, (string | undefined)[]> = { hub: [], storage: [] };
  const storage = await serve((request, response) => {
    tokens.storage!.push(request.headers.authorization);
    response.end(request.headers.range ?? 'all');
  });
  const endpoint = await serve((request, response) => {
    tokens.hub!.push(request.headers.authorization);
    response.writeHead(302, { location: `${storage}/blob` }).end();
  });
  const ask = hubFetch({ endpoint, proxy: {} }, limits);
  const headers = { Authorization: 'Bearer hf_secret', Range: 'bytes=0-0' };
  const redirected = await ask(new URL('/a/b/resolve/main/x', endpoint), { headers });
  assert.equal(await redirected.text(), 'bytes=0-0');
  assert.equal((await ask(`${storage}/blob`, { headers })).status, 200);
  assert.deepEqual(tokens, { hub: ['Bearer hf_secret'], storage: [undefined, undefined] });
});

test('behind a proxy the redirect’s target is asked through it as well, without the token', async () => {
  const asked: string[] = [];
  // It opens no tunnels, and stands for every host.
  const proxy = await serve((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? 'no token'}`);
    if (request.url?.startsWith('http://hub.test/'))
      response.writeHead(302, { location: 'http://storage.test/blob' }).end();
    else response.end('bytes');
  });
  servers.at(-1)!.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n');
  });
  const ask = hubFetch({ endpoint: 'http://hub.test', proxy: { http: proxy } }, limits);
  const answer = await ask('http://hub.test/x', { headers: { authorization: 'Bearer hf_secret' } });
  assert.equal(await answer.text(), 'bytes');
  assert.deepEqual(
    asked.filter((line) => !line.startsWith('CONNECT')),
    ['http://hub.test/x Bearer hf_secret', 'http://storage.test/blob no token'],
  );
});
