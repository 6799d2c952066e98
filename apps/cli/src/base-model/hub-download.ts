// One file of the Hub into the cache's blobs: gone on with where an earlier try stopped, checked against the digest that
// the Hub names, and there under its name only when whole. The request itself is @huggingface/hub's.
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileProblem, withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { renameOver } from '@colora/protocol/failures/rename-over';
import { downloadFile } from '@huggingface/hub';
import type { HubName } from './base-model-name.ts';
import { sizeOf } from './hub-cache.ts';
import { HubError, isUnreachable } from './hub-error.ts';
import { hubFetch } from './hub-fetch.ts';
import type { HubSettings } from './hub-settings.ts';

export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** The blob's name: sha256 of a large file, git's own hash (sha1) of a small one. */
  readonly digest: string;
}

export interface DownloadRequest {
  readonly hub: HubName;
  readonly commit: string;
  readonly settings: HubSettings;
  readonly blobs: string;
  readonly signal: AbortSignal;
  /** Bytes of the file that are on the disk. */
  readonly onProgress: (done: number) => void;
}

const triesWithoutProgress = 3;
export const cacheAdvice = 'HF_HUB_CACHE or HF_HOME names another folder for models of the Hub';

/**
 * Returns the blob's path. Throws HubError on a full disk and on a file that arrives damaged twice; network errors and
 * the Hub's answers as they come. What has arrived stays, whatever happens.
 * Two processes may fetch the same blob at a time: both write the same bytes to the same places.
 */
export async function downloadBlob(file: RemoteFile, request: DownloadRequest): Promise<string> {
  const blob = join(request.blobs, file.digest);
  const held = await sizeOf(blob);
  if (held === file.size) return blob;
  if (held !== undefined) await rm(blob); // cut off by something else than us
  const make = async () => makeFolder(request.blobs);
  await withFile('make the folder', request.blobs, make, cacheAdvice);
  const part = `${blob}.incomplete`;
  for (let damaged = 0; ; damaged += 1) {
    await fetchAll(file, part, request);
    if ((await digestOf(part, file, request.signal)) === file.digest) break;
    await rm(part);
    if (damaged > 0) {
      const message = `${request.hub.id}: ${file.path} does not arrive as the Hub describes it (its digest differs)`;
      throw new HubError(`${message}: try again later, or another network`);
    }
  }
  await renameOver(part, blob).catch(async (error: unknown) => {
    if ((await sizeOf(blob)) !== file.size) throw error; // else another process was quicker
  });
  return blob;
}

async function fetchAll(file: RemoteFile, part: string, request: DownloadRequest): Promise<void> {
  for (let idle = 0; ; ) {
    const before = (await sizeOf(part)) ?? 0;
    request.onProgress(before);
    try {
      await fetchRest(file, part, before, request);
      return;
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof HubError) throw error;
      if (!isUnreachable(error)) throw cannotWrite(error, file, request);
      idle = ((await sizeOf(part)) ?? 0) > before ? 0 : idle + 1;
      if (idle >= triesWithoutProgress) throw error;
      await sleep(500 * (idle + 1), undefined, { signal: request.signal });
    }
  }
}

async function fetchRest(
  file: RemoteFile,
  part: string,
  start: number,
  { hub, commit, settings, signal, onProgress }: DownloadRequest,
): Promise<void> {
  const target = await open(part, constants.O_RDWR | constants.O_CREAT);
  try {
    if (start > file.size) await target.truncate();
    if (start === file.size) return;
    const remote = await downloadFile({
      repo: hub.id,
      path: file.path,
      revision: commit,
      hubUrl: settings.endpoint,
      fetch: hubFetch(settings, { signal, mostBytes: file.size }),
      xet: false, // plain ranges can be resumed and pass through mirrors
      ...(settings.token === undefined ? {} : { accessToken: settings.token }),
    });
    if (remote === null) throw new HubError(`${hub.id} lists ${file.path}, but does not hold it`);
    let at = start > file.size ? 0 : start;
    for await (const chunk of at === 0 ? remote.stream() : remote.slice(at).stream()) {
      await writeAt(target, chunk, at);
      at += chunk.length;
      onProgress(Math.min(at, file.size));
    }
    if (at < file.size)
      throw new TypeError(`terminated after ${at} of ${file.size} bytes`, { cause: 'short' });
  } finally {
    await target.close();
  }
}

async function writeAt(target: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    const { bytesWritten } = await target.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}

/** In the form of the file's own digest: 64 hex digits of sha256, or 40 of git's sha1 over "blob <size>\0<content>". */
async function digestOf(path: string, file: RemoteFile, signal: AbortSignal): Promise<string> {
  const isSha256 = file.digest.length === 64;
  const hash = createHash(isSha256 ? 'sha256' : 'sha1');
  if (!isSha256) hash.update(`blob ${await sizeOf(path)}\0`);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

/** EFBIG and EDQUOT are limits of a user's own that end a write as a full disk does. */
function cannotWrite(error: unknown, file: RemoteFile, { hub, settings }: DownloadRequest): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    return fileProblem(error, 'write', settings.cache, cacheAdvice);
  }
  return new HubError(
    `${hub.id}: the disk of ${settings.cache} is full (${code}); ${file.path} alone needs ${Math.ceil(file.size / 1e6)} ` +
      'MB. Free some space, or put the cache elsewhere with HF_HUB_CACHE; the next start goes on where this one stopped',
    { cause: error },
  );
}
