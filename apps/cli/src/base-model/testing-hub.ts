// Test support: a small server with those of the Hub's endpoints that a download uses, over real files. It can break off
// a file, refuse, and forget to answer ranges, as the real one at times does.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { sha256Hex } from '@colora/protocol/sha256';

export const commit = 'c0ffee'.padEnd(40, '0');

export interface TestHub {
  readonly url: string;
  /** By path. Large ones are served as LFS files, which are named by their sha256. */
  readonly files: Map<string, Buffer>;
  /** Every answered request: `GET /owner/name/resolve/…`, with the range where one was asked for. */
  readonly requests: string[];
  /** The tokens that came with requests. */
  readonly tokens: Set<string>;
  /** Answers the API with this status instead. */
  refuse: { readonly status: number } | undefined;
  /** Breaks the connection after so many bytes of a file, as often as given. */
  breakAfter: { readonly bytes: number; times: number } | undefined;
  /** Files, and of a private model everything, are for those who bring a token. */
  gated: false | 'manual' | 'private';
  /** Stops in the middle of a file and says nothing more. */
  stallAfter: number | undefined;
  /** Sends so many bytes of a file that is listed as smaller. */
  swell: number | undefined;
  /** Sends the whole file whatever range is asked for. */
  ignoreRanges: boolean;
  close(): Promise<void>;
}

const largeFrom = 10_000;

export async function startTestHub(id: string, files: Map<string, Buffer>): Promise<TestHub> {
  const hub: TestHub = {
    url: '',
    files,
    requests: [],
    tokens: new Set(),
    refuse: undefined,
    breakAfter: undefined,
    ignoreRanges: false,
    gated: false,
    stallAfter: undefined,
    swell: undefined,
    close: () => new Promise((done) => server.close(() => done()).closeAllConnections()),
  };
  const server = createServer((request, response) => {
    const range = request.headers.range ?? '';
    hub.requests.push(`${request.method} ${request.url} ${range}`.trim());
    if (request.headers.authorization !== undefined) hub.tokens.add(request.headers.authorization);
    answer(hub, id, request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(hub, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function answer(hub: TestHub, id: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url!, 'http://hub');
  const resolved = /^\/(.+?\/.+?)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
  const held = resolved?.[1] === id && resolved[2] === commit ? hub.files.get(resolved[3]!) : undefined;
  const isShut = hub.gated === 'private' || (hub.gated !== false && resolved !== null);
  if (hub.refuse !== undefined) json(response, { error: 'refused' }, hub.refuse.status);
  else if (isShut && request.headers.authorization === undefined) json(response, { error: 'gated' }, 401);
  else if (held !== undefined) sendFile(hub, held, request, response);
  else if (pathname.startsWith(`/api/models/${id}/revision/`)) {
    const { gated } = hub;
    const facts = { gated: gated === 'manual' ? gated : false, cardData: { license: 'apache-2.0' } };
    json(response, { id, sha: commit, _id: '0', modelId: id, likes: 0, downloads: 0, ...facts });
  } else if (pathname.startsWith(`/api/models/${id}/tree/${commit}`)) json(response, listing(hub));
  else json(response, { error: 'Repository not found' }, 404);
}

function listing(hub: TestHub) {
  return [...hub.files].map(([path, bytes]) => ({
    type: 'file',
    path,
    size: bytes.length,
    oid: gitDigest(bytes),
    ...(bytes.length >= largeFrom
      ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } }
      : {}),
  }));
}

function sendFile(hub: TestHub, bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  if (hub.swell !== undefined && request.headers.range !== 'bytes=0-0') {
    response.writeHead(200);
    Readable.from(zeros(hub.swell)).pipe(response);
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  response.setHeader('ETag', `"${sha256(bytes)}"`);
  const asked = first !== undefined && !(hub.ignoreRanges && first !== '0');
  const from = asked ? Number(first) : 0;
  const to = asked && last ? Math.min(Number(last) + 1, bytes.length) : bytes.length;
  if (asked) response.setHeader('Content-Range', `bytes ${from}-${to - 1}/${bytes.length}`);
  response.writeHead(asked ? 206 : 200, { 'Content-Length': to - from });
  const { breakAfter, stallAfter } = hub;
  if (stallAfter !== undefined && to - from > stallAfter) {
    response.write(bytes.subarray(from, from + stallAfter));
    return;
  }
  if (breakAfter === undefined || breakAfter.times === 0 || to - from <= breakAfter.bytes) {
    response.end(bytes.subarray(from, to));
    return;
  }
  breakAfter.times -= 1;
  response.write(bytes.subarray(from, from + breakAfter.bytes), () => response.destroy());
}

function* zeros(bytes: number) {
  for (let sent = 0; sent < bytes; sent += 65_536) yield Buffer.alloc(65_536);
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

export function sha256(bytes: Buffer): string {
  return sha256Hex(bytes);
}

function gitDigest(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
