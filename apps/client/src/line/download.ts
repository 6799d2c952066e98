// A download that goes on where it broke off (RFC 9110: Range with If-Range). What has come is kept in a
// partial file beside its tag, so that neither a cut line nor a killed daemon costs it again; the whole is
// held to its sha256 at the end. Who asks, and how often, is the caller's affair (checkpoint-cache.ts).
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileProblem, fileProblem, withFile } from '@colora/protocol/failures/file-problem';
import { causeOf, NetworkProblem } from '@colora/protocol/failures/network-problem';
import { renameOver } from '@colora/protocol/failures/rename-over';
import { syncFolder, writeAtomic } from '../workspace/atomic-file.ts';
import { type Bucket, paced } from './bandwidth.ts';

export interface Download {
  /** In words, for what is said when it breaks off: "checkpoint 3". */
  readonly what: string;
  /** Where the whole file goes; it appears there only when it is whole and on the disk. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Asks with these further headers. */
  readonly request: (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Response>;
  readonly signal: AbortSignal;
  readonly bucket?: Bucket | undefined;
  readonly patienceSeconds: number;
}

export const partialOf = (path: string) => `${path}.partial`;
const tagOf = (path: string) => `${partialOf(path)}-tag`;

/** One attempt. Throws NetworkProblem when it broke off (what came is kept) or came to something else. */
export async function download(options: Download): Promise<void> {
  const { path, bytes, sha256, what } = options;
  const kept = await readKept(options);
  if (kept.bytes < bytes) await fetchRest(options, kept);
  if (kept.hash.digest('hex') !== sha256) {
    await forget(path);
    throw new NetworkProblem(`${what} arrived with another sha256 than announced; it is loaded anew`);
  }
  await renameOver(partialOf(path), path);
  await rm(tagOf(path), { force: true });
  await syncFolder(dirname(path));
}

interface Kept {
  bytes: number;
  hash: ReturnType<typeof createHash>;
  readonly tag: string | null;
}

/** What an earlier attempt left, hashed; nothing when it is of no use. */
async function readKept({ path, bytes }: Download): Promise<Kept> {
  const kept: Kept = {
    bytes: 0,
    hash: createHash('sha256'),
    tag: await readFile(tagOf(path), 'utf8').catch(() => null),
  };
  if (kept.tag === null) return kept;
  try {
    for await (const chunk of createReadStream(partialOf(path)) as AsyncIterable<Uint8Array>) {
      kept.hash.update(chunk);
      kept.bytes += chunk.byteLength;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileProblem(error, 'read', partialOf(path));
  }
  if (kept.bytes > bytes) startOver(kept);
  return kept;
}

async function fetchRest(options: Download, kept: Kept): Promise<void> {
  const { path, what, bytes, bucket } = options;
  const stall = stallSignal(options);
  try {
    const headers = { 'accept-encoding': 'identity', ...rangeOf(kept) };
    const answer = await options.request(headers, stall.signal);
    if (!goesOn(answer, kept, bytes)) startOver(kept);
    const begin = () => open(partialOf(path), kept.bytes === 0 ? 'w' : 'a', 0o600);
    const file = await withFile('write', partialOf(path), begin);
    try {
      if (kept.bytes === 0) await writeAtomic(tagOf(path), answer.headers.get('etag') ?? '');
      for await (const piece of paced(bodyOf(answer), bucket, stall.signal)) {
        stall.alive();
        if (kept.bytes + piece.byteLength > bytes)
          throw new NetworkProblem(`${what} is larger than announced`);
        await append(file, partialOf(path), piece, kept);
      }
      await withFile('write', partialOf(path), () => file.sync());
    } finally {
      await file.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof FileProblem || isAnswer(error)) throw error;
    throw new NetworkProblem(brokeOff(options, kept, error), { cause: error });
  } finally {
    stall.end();
  }
  if (kept.bytes < bytes) throw new NetworkProblem(brokeOff(options, kept));
}

/** The type of web streams leaves out that Node's can be iterated. */
function bodyOf(answer: Response): AsyncIterable<Uint8Array> {
  return (answer.body ?? new Blob([]).stream()) as unknown as AsyncIterable<Uint8Array>;
}

async function append(file: FileHandle, path: string, piece: Uint8Array, kept: Kept): Promise<void> {
  await withFile('write', path, () => file.writeFile(piece));
  kept.hash.update(piece);
  kept.bytes += piece.byteLength;
}

/** Only a strong tag can vouch for the rest (RFC 9110, 13.1.5). */
function rangeOf({ bytes, tag }: Kept): Record<string, string> {
  if (bytes === 0 || tag === null || !tag.startsWith('"')) return {};
  return { range: `bytes=${bytes}-`, 'if-range': tag };
}

/** Is this the rest of what we hold? Anything else is the whole, from its beginning. */
function goesOn(answer: Response, kept: Kept, bytes: number): boolean {
  if (answer.status !== 206) return false;
  const range = answer.headers.get('content-range');
  if (range === `bytes ${kept.bytes}-${bytes - 1}/${bytes}` && answer.headers.get('etag') === kept.tag)
    return true;
  throw new NetworkProblem(`asked for bytes ${kept.bytes} to ${bytes}, and got ${range ?? 'others'}`);
}

function startOver(kept: Kept): void {
  kept.bytes = 0;
  kept.hash = createHash('sha256');
}

async function forget(path: string): Promise<void> {
  await rm(tagOf(path), { force: true });
  await rm(partialOf(path), { force: true });
}

const isAnswer = (error: unknown) => error instanceof Error && error.name === 'ApiProblem';

function brokeOff({ what, bytes }: Download, kept: Kept, error?: unknown): string {
  if (error instanceof NetworkProblem) return error.message;
  const why = error === undefined ? '' : ` (${causeOf(error)})`;
  return `the download of ${what} broke off after ${kept.bytes} of ${bytes} bytes${why}`;
}

/** Aborts when nothing has come for so long. */
function stallSignal({ signal, patienceSeconds }: Download) {
  const stalled = new AbortController();
  const timer = setTimeout(() => {
    stalled.abort(new DOMException('no progress', 'TimeoutError'));
  }, patienceSeconds * 1000);
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    alive: () => timer.refresh(),
    end: () => clearTimeout(timer),
  };
}
