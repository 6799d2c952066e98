// A base model from the Hub as a folder of its cache: which commit, which files, in which order. What describes the model
// comes first and is checked, so that nobody downloads gigabytes of a model that can't be used.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { listFiles, modelInfo } from '@huggingface/hub';
import type { HubName } from './base-model-name.ts';
import type { DownloadDisplay } from './download-display.ts';
import type { Fetching } from './download-offer.ts';
import { placeInSnapshot, type RepoCache, repoCache, sizeOf, snapshotFiles } from './hub-cache.ts';
import { cacheAdvice, downloadBlob, type RemoteFile } from './hub-download.ts';
import { explainHubError, HubError, isUnreachable } from './hub-error.ts';
import { hubFetch } from './hub-fetch.ts';
import type { HubSettings } from './hub-settings.ts';
import { describingFiles, indexFile, singleFile, weightFiles } from './needed-files.ts';

export interface Snapshot {
  readonly folder: string;
  readonly commit: string;
}

/**
 * The model's files, downloaded where they aren't in the cache yet and it is agreed to. Without a network (or with
 * HF_HUB_OFFLINE) what is there whole is used. The token is sent where the model is open to nobody else, and that is agreed to.
 * Throws HubError saying what to do, what `agree` throws, and the signal's reason.
 */
export async function hubSnapshot(
  hub: HubName,
  given: HubSettings,
  display: DownloadDisplay,
  fetching: Fetching,
): Promise<Snapshot> {
  const cache = repoCache(given.cache, hub);
  const cached = await cachedSnapshot(hub, cache);
  if (given.offline) return cached ?? notCached(hub, given);
  if (cached?.commit === hub.revision) return cached; // a commit never changes
  const token = await tokenOf(given);
  try {
    const listed = await listModel(hub, given, token, fetching);
    return await download(hub, listed, cache, display, fetching);
  } catch (error) {
    fetching.signal.throwIfAborted();
    if (cached === undefined || !isUnreachable(error))
      throw explainHubError(error, hub, withToken(given, token));
    display.note(`the Hub cannot be reached; using ${hub.id} as it was last downloaded (${cached.commit})`);
    return cached;
  }
}

async function cachedSnapshot(hub: HubName, cache: RepoCache): Promise<Snapshot | undefined> {
  const commit = await cache.commitOf(hub.revision);
  if (commit === undefined) return undefined;
  const folder = cache.snapshot(commit);
  const held = await snapshotFiles(folder);
  try {
    const described = describingFiles(hub.id, held);
    weightFiles(hub.id, held, await readIndex(folder, described));
    return { folder, commit };
  } catch {
    return undefined; // not all of it is there
  }
}

function notCached({ id, revision }: HubName, settings: HubSettings): never {
  throw new HubError(
    `${id} (${revision}) is not in the cache ${settings.cache}, or only in part, and HF_HUB_OFFLINE forbids to download ` +
      'it; run once without HF_HUB_OFFLINE, or copy the snapshot from another machine',
  );
}

async function tokenOf(settings: HubSettings): Promise<string | undefined> {
  const token = settings.token ?? (await readFile(settings.tokenFile, 'utf8').catch(() => '')).trim();
  if (token === '') return undefined;
  if (token.startsWith('hf_')) return token;
  throw new HubError('HF_TOKEN must be an access token of Hugging Face, which begins with hf_');
}

function withToken({ token: _, ...settings }: HubSettings, token: string | undefined): HubSettings {
  return token === undefined ? settings : { ...settings, token };
}

/** What the Hub says of a model, and with which settings its files are to be asked for. */
interface Listed {
  readonly settings: HubSettings;
  readonly commit: string;
  readonly licence: string | null;
  readonly files: ReadonlyMap<string, RemoteFile>;
}

/** Asked as a stranger first: the token is nobody's affair while the model is open to everybody. */
async function listModel(
  hub: HubName,
  given: HubSettings,
  token: string | undefined,
  { agree, signal }: Fetching,
): Promise<Listed> {
  const asStranger = () => list(hub, withToken(given, undefined), signal);
  if (token === undefined) return await asStranger();
  const open = await asStranger().catch((error: unknown) => {
    if (isDenied(error)) return null;
    throw error;
  });
  if (open !== null) return open.gated ? { ...open, settings: withToken(given, token) } : open;
  const { id, revision } = hub;
  const unknown = { bytes: null, licence: null, needsToken: true };
  await agree({ id, revision, ...unknown, into: given.cache, hub: given.endpoint });
  return await list(hub, withToken(given, token), signal);
}

const isDenied = (error: unknown) =>
  [401, 403].includes((error as { statusCode?: unknown }).statusCode as number);

async function list(
  { id, revision }: HubName,
  settings: HubSettings,
  signal: AbortSignal,
): Promise<Listed & { readonly gated: boolean }> {
  const access = {
    hubUrl: settings.endpoint,
    fetch: hubFetch(settings, { signal, mostBytes: mostListBytes }),
    ...(settings.token === undefined ? {} : { accessToken: settings.token }),
  };
  const additionalFields = ['sha', 'cardData'] as const;
  const info = await modelInfo({ name: id, revision, additionalFields: [...additionalFields], ...access });
  const { sha: commit, gated, cardData } = info;
  const files = new Map<string, RemoteFile>();
  for await (const entry of listFiles({ repo: id, revision: commit, ...access })) {
    if (entry.type !== 'file' || entry.path.includes('/')) continue;
    const digest = entry.lfs?.oid ?? entry.oid;
    if (digest !== undefined) files.set(entry.path, { path: entry.path, size: entry.size, digest });
  }
  const licence = cardData?.license;
  return { settings, commit, gated: Boolean(gated), licence: licence?.toString() ?? null, files };
}

/** Of one page of what a repository holds. */
const mostListBytes = 64 * 1024 ** 2;

async function download(
  hub: HubName,
  { settings, commit, licence, files }: Listed,
  cache: RepoCache,
  display: DownloadDisplay,
  fetching: Fetching,
): Promise<Snapshot> {
  const { id, revision } = hub;
  const folder = cache.snapshot(commit);
  const { signal } = fetching;
  const fetchFiles = async (names: readonly string[]) => {
    const wanted = names.map((name) => files.get(name)!);
    await fetchInto(folder, wanted, { hub, commit, settings, signal, blobs: cache.blobs }, display);
  };
  const held = [...files.keys()];
  const described = describingFiles(id, held);
  const bytes = await missingBytes(folder, mayBeNeeded(described, files));
  if (bytes > 0) {
    const from = { into: settings.cache, hub: settings.endpoint, needsToken: settings.token !== undefined };
    await fetching.agree({ id, revision: commit, bytes, licence, ...from });
  }
  await fetchFiles(described);
  await assertUsable(id, folder);
  await fetchFiles(weightFiles(id, held, await readIndex(folder, described)));
  const remember = () => cache.rememberCommit(revision, commit);
  await withFile('write', settings.cache, remember, cacheAdvice); // last: what it names is whole
  return { folder, commit };
}

/** What describes the model, and all weights that it may turn out to need: which shards is said by a file that isn't here yet. */
function mayBeNeeded(described: readonly string[], files: Listed['files']): RemoteFile[] {
  const isWeight = (path: string) =>
    described.includes(indexFile) ? path.endsWith('.safetensors') : path === singleFile;
  return [...files.values()].filter(({ path }) => described.includes(path) || isWeight(path));
}

async function missingBytes(folder: string, files: readonly RemoteFile[]): Promise<number> {
  let bytes = 0;
  for (const { path, size } of files) if ((await sizeOf(join(folder, path))) !== size) bytes += size;
  return bytes;
}

const worthShowing = 1e6; // bytes

async function fetchInto(
  folder: string,
  files: readonly RemoteFile[],
  request: Omit<Parameters<typeof downloadBlob>[1], 'onProgress'>,
  display: DownloadDisplay,
): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.path);
    if ((await sizeOf(path)) === file.size) continue;
    const blob = await downloadBlob(file, {
      ...request,
      onProgress(done) {
        if (file.size >= worthShowing) display.progress(`${request.hub.id} ${file.path}`, done, file.size);
      },
    });
    await withFile('write', path, () => placeInSnapshot(blob, path), cacheAdvice);
  }
}

async function readIndex(folder: string, described: readonly string[]): Promise<string | undefined> {
  return described.includes(indexFile) ? await readFile(join(folder, indexFile), 'utf8') : undefined;
}

/** Is it of a family that can be run? Asked before the weights come. */
async function assertUsable(id: string, folder: string): Promise<void> {
  const { readModelConfig } = await import('@colora/models/families/read-model-config');
  const text = await readFile(join(folder, 'config.json'), 'utf8');
  try {
    readModelConfig(JSON.parse(text));
  } catch (error) {
    throw new HubError(`${id}: ${(error as Error).message}`, { cause: error });
  }
}
