// The one door through which a member's machine sends anything: whatever leaves stands in a list before its first byte does. The
// ways behind the door are ways.ts's, which nobody else goes by (one-door.test.ts); what is sent is the callers' affair.
import { createHash } from 'node:crypto';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { FetchUrl } from '@colora/protocol/api-client';
import type { Socket } from 'socket.io-client';
import type { SocketOptions } from './listed-socket.ts';
import { purposeOf } from './sent-kind.ts';
import type { LeavingBody, SentList } from './sent-list.ts';
import { type LineSettings, type Pace, type Ways, waysOf } from './ways.ts';

export interface Connections {
  /** Its body is a text or bytes. Redirects are followed unless it says otherwise, and each is listed. */
  readonly fetch: FetchUrl;
  /** A request whose body is this file; who asks for it writes the body, or a part of it. */
  upload(upload: FileUpload): Promise<ClientRequest>;
  /** By a WebSocket or long polling. */
  openSocket(url: string, options: SocketOptions): Promise<Socket>;
  /** The proxy on the way, without its password, or null. Throws ProxyError where the settings name none that can be used. */
  proxyOf(url: string): string | null;
}

export interface FileUpload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Extract<LeavingBody, { readonly path: string }>;
  /** Of silence, in milliseconds. */
  readonly timeout: number;
}

/** `sent`: where it is listed what leaves. */
export function openConnections(settings: LineSettings, sent: SentList, pace?: Pace): Connections {
  const ways = waysOf(settings, pace);
  const fetchListed = listedFetch(ways, sent);
  return {
    fetch: fetchListed,
    upload: (upload) => startUpload(ways, sent, upload),
    async openSocket(url, options) {
      const { connectSocket } = await import('./listed-socket.ts');
      return connectSocket({ ways, sent, fetch: fetchListed }, url, options);
    },
    proxyOf: ways.proxyOf,
  };
}

const mostRedirects = 10;

/** Redirects are followed here, since each of them sends something to somebody else. */
function listedFetch(ways: Ways, sent: SentList): FetchUrl {
  return async (address, init = {}) => {
    let url = address;
    let { headers } = init;
    for (let redirects = 0; ; redirects += 1) {
      const method = (init.method ?? 'GET').toUpperCase();
      const body = bytesOf(init.body);
      sent.note({ ...purposeOf(method, url, body !== null), to: new URL(url).origin, body });
      const answer = await ways.fetch(url, { ...init, ...(headers && { headers }), redirect: 'manual' });
      const place = answer.headers.get('location');
      if (init.redirect === 'manual' || place === null || ![301, 302, 303, 307, 308].includes(answer.status))
        return redirects === 0 ? answer : Object.defineProperty(answer, 'url', { value: url });
      await answer.body?.cancel();
      const next = new URL(place, url);
      if (body !== null || !/^https?:$/.test(next.protocol) || redirects === mostRedirects)
        throw new TypeError(`${new URL(url).origin} leads elsewhere, where this is not sent`);
      if (next.origin !== new URL(url).origin) headers = withoutSecrets(headers);
      url = next.href;
    }
  };
}

function bytesOf(body: RequestInit['body']): Uint8Array | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError('a body of this kind cannot be listed before it is sent');
}

/** What the platform's own following of redirects takes off too. */
function withoutSecrets(headers: RequestInit['headers']): Headers {
  const kept = new Headers(headers);
  for (const name of ['authorization', 'cookie', 'proxy-authorization']) kept.delete(name);
  return kept;
}

async function startUpload(
  ways: Ways,
  sent: SentList,
  { url, headers, body, timeout }: FileUpload,
): Promise<ClientRequest> {
  const { headers: along, ...way } = await ways.wayTo(url);
  const left = sent.note({ ...purposeOf('PUT', url, true), to: new URL(url).origin, body });
  const send = (way.protocol ?? new URL(url).protocol) === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, { method: 'PUT', headers: { ...along, ...headers }, ...way, timeout });
  countWritten(request, (bytes, sha256) => {
    if (bytes !== body.bytes || sha256 !== body.sha256) left({ bytes, sha256 });
  });
  return request;
}

/** A refusal may come before the body, or in the middle of it. */
function countWritten(request: ClientRequest, tell: (bytes: number, sha256: string) => void): void {
  const hash = createHash('sha256');
  let bytes = 0;
  const write = request.write.bind(request) as (chunk: Uint8Array, ...rest: unknown[]) => boolean;
  request.write = ((chunk: Uint8Array, ...rest: unknown[]) => {
    hash.update(chunk);
    bytes += chunk.byteLength;
    return write(chunk, ...rest);
  }) as ClientRequest['write'];
  request.once('close', () => tell(bytes, hash.digest('hex')));
}
