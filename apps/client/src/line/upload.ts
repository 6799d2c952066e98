// Sends a file as the body of a PUT, streamed. The answer counts whenever it comes: a coordinator may refuse
// before the body is read or in the middle of it, and what it says is worth more than the broken pipe after it.
// What is sent and what the answer means is the caller's affair (deliver.ts).
import { createReadStream } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { causeOf, NetworkProblem, unreached } from '@colora/protocol/failures/network-problem';
import type { Connections } from '../proxy/connections.ts';
import { type Bucket, paced } from './bandwidth.ts';

export interface Upload {
  readonly url: string;
  readonly connections: Connections;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  /** The file's size: the announced Content-Length. */
  readonly bytes: number;
  readonly sha256: string;
  readonly signal: AbortSignal;
  readonly bucket?: Bucket | undefined;
  /** Seconds without any progress after which it is given up. */
  readonly patienceSeconds: number;
}

export interface UploadAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

/** Who does not know Expect says nothing: then the body goes after so long (curl's habit). */
const continueSeconds = 1;
const maxAnswerBytes = 1024 * 1024;

/** Throws NetworkProblem when no answer comes, or the signal's reason. */
export async function putFile(upload: Upload): Promise<UploadAnswer> {
  const answer = await exchange(upload, true);
  // 417: somebody on the way cannot keep the promise of a 100 (RFC 9110, 10.1.1): without it, then
  return answer.status === 417 ? await exchange(upload, false) : answer;
}

async function exchange(upload: Upload, expects: boolean): Promise<UploadAnswer> {
  const { url, headers, path, bytes, sha256, signal, patienceSeconds } = upload;
  signal.throwIfAborted();
  const over = new AbortController();
  const request = await upload.connections.upload({
    url,
    headers: {
      ...headers,
      'content-length': bytes,
      ...(expects ? { expect: '100-continue' } : {}),
    },
    body: { path, bytes, sha256 },
    timeout: patienceSeconds * 1000,
  });
  const stop = () => request.destroy(new DOMException('stopped', 'AbortError'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await readAnswer(await answered(request, upload, expects, over));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NetworkProblem || error instanceof UnreadableFile) throw error;
    const { origin } = new URL(url);
    throw unreached('cannot send to', { url: origin, proxy: upload.connections.proxyOf(url) }, error);
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
    request.on('error', () => undefined); // what a socket says after its answer
    request.destroy();
  }
}

/** Sends the body, when asked to, until an answer comes. */
function answered(
  request: ClientRequest,
  { path, bucket }: Upload,
  expects: boolean,
  over: AbortController,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let body: Readable | undefined;
    const start = () => {
      if (body !== undefined || over.signal.aborted) return;
      body = Readable.from(paced(createReadStream(path), bucket, over.signal), { objectMode: false });
      body.on('error', (error) => {
        if (!over.signal.aborted) reject(new UnreadableFile(path, error));
      });
      body.pipe(request);
    };
    const timer = expects ? setTimeout(start, continueSeconds * 1000) : undefined;
    over.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      body?.unpipe(request);
      body?.destroy();
    });
    request.on('continue', start);
    request.on('timeout', () => request.destroy(new DOMException('no progress', 'TimeoutError')));
    request.on('error', reject);
    request.on('response', (response) => {
      over.abort(); // whatever was not sent yet need not be sent any more
      resolve(response);
    });
    if (expects) request.flushHeaders();
    else start();
  });
}

/** Nobody else's fault, and no reason to try again. */
class UnreadableFile extends Error {
  constructor(path: string, cause: Error) {
    super(`cannot read ${path}: ${causeOf(cause)}`, { cause });
    this.name = 'UnreadableFile';
  }
}

async function readAnswer(response: IncomingMessage): Promise<UploadAnswer> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    total += chunk.byteLength;
    if (total > maxAnswerBytes) throw new NetworkProblem('the answer is too long to be a coordinator’s');
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    header(name) {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    text: Buffer.concat(chunks).toString('utf8'),
  };
}
