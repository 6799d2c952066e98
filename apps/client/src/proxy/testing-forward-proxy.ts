// For tests: an HTTP proxy as companies have them. It opens tunnels and passes requests on, knows names that nobody else
// does, and writes down what it was asked for. No tests here.
import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface ForwardProxy {
  readonly url: string;
  /** "CONNECT host:port" or "PUT http://host/path", in the order of their coming. */
  readonly asked: string[];
  close(): void;
}

export interface ForwardProxyRules {
  /** Asks for this: "name:password". */
  readonly password?: string;
  /** Answers a request to open a tunnel with this status. */
  readonly tunnelStatus?: number;
  /** Answers everything that it would pass on with this status and page. */
  readonly page?: { readonly status: number; readonly method?: string };
}

/** Every name leads to this machine, so that an address that only the proxy knows can't be reached past it. */
export async function forwardProxy(rules: ForwardProxyRules = {}): Promise<ForwardProxy> {
  const asked: string[] = [];
  const wanted = rules.password === undefined ? undefined : `Basic ${btoa(rules.password)}`;
  const isKnown = (given: string | undefined) => wanted === undefined || given === wanted;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const page = (status: number) =>
      response.writeHead(status, { 'content-type': 'text/html', via: '1.1 squid' }).end('<html>');
    if (!isKnown(request.headers['proxy-authorization'])) return page(407);
    const { page: instead } = rules;
    if (instead !== undefined && (instead.method ?? request.method) === request.method)
      return page(instead.status);
    if (!URL.canParse(request.url!)) return page(400);
    const { port, pathname, search } = new URL(request.url!);
    const { method, headers } = request;
    const behind = ask({ host: '127.0.0.1', port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    behind.on('error', () => page(502));
    request.pipe(behind);
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const refuse = (status: number) =>
      socket.end(`HTTP/1.1 ${status} no\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>`);
    socket.on('error', () => undefined);
    if (!isKnown(request.headers['proxy-authorization'])) return refuse(407);
    if (rules.tunnelStatus !== undefined) return refuse(rules.tunnelStatus);
    const behind = connect(Number(request.url!.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(behind).pipe(socket);
    });
    behind.on('error', () => refuse(502));
    socket.on('close', () => behind.destroy());
  });
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
