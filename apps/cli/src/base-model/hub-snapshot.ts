// A base model from the Hub as a folder of its cache: which commit, which files, in which order. What describes the model
// comes first and is checked, so that nobody downloads gigabytes of a model that can't be used.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { listFiles, modelInfo } from '@huggingface/hub';
import type { HubName } from './base-model-name.ts';
import type { DownloadDisplay } from './download-display.ts';
import { placeInSnapshot, type RepoCache, repoCache, sizeOf, snapshotFiles } from './hub-cache.ts';
import { cacheAdvice, downloadBlob, type RemoteFile } from './hub-download.ts';
import { explainHubError, HubError, isUnreachable } from './hub-error.ts';
import { hubFetch } from './hub-fetch.ts';
import type { HubSettings } from './hub-settings.ts';
import { describingFiles, indexFile, weightFiles } from './needed-files.ts';

export interface Snapshot {
  readonly folder: string;
  readonly commit: string;
}

/**
 * The model's files, downloaded where they aren't in the cache yet. Without a network (or with HF_HUB_OFFLINE) what is
 * there whole is used. Throws HubError saying what to do.
 */
export async function hubSnapshot(
  hub: HubName,
  given: HubSettings,
  display: DownloadDisplay,
): Promise<Snapshot> {
  const cache = repoCache(given.cache, hub);
  const cached = await cachedSnapshot(hub, cache);
  if (given.offline) return cached ?? notCached(hub, given);
  if (cached?.commit === hub.revision) return cached; // a commit never changes
  const settings = await withToken(given);
  try {
    return await download(hub, settings, cache, display);
  } catch (error) {
    if (cached === undefined || !isUnreachable(error)) throw explainHubError(error, hub, settings);
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

async function withToken(settings: HubSettings): Promise<HubSettings> {
  const token = settings.token ?? (await readFile(settings.tokenFile, 'utf8').catch(() => '')).trim();
  if (token === '') return settings;
  if (token.startsWith('hf_')) return { ...settings, token };
  throw new HubError('HF_TOKEN must be an access token of Hugging Face, which begins with hf_');
}

async function download(
  hub: HubName,
  settings: HubSettings,
  cache: RepoCache,
  display: DownloadDisplay,
): Promise<Snapshot> {
  const access = {
    hubUrl: settings.endpoint,
    fetch: hubFetch(settings),
    ...(settings.token === undefined ? {} : { accessToken: settings.token }),
  };
  const { id, revision } = hub;
  const { sha: commit } = await modelInfo({ name: id, revision, additionalFields: ['sha'], ...access });
  const files = new Map<string, RemoteFile>();
  for await (const entry of listFiles({ repo: id, revision: commit, ...access })) {
    if (entry.type !== 'file' || entry.path.includes('/')) continue;
    const digest = entry.lfs?.oid ?? entry.oid;
    if (digest !== undefined) files.set(entry.path, { path: entry.path, size: entry.size, digest });
  }
  const folder = cache.snapshot(commit);
  const fetchFiles = async (names: readonly string[]) => {
    const wanted = names.map((name) => files.get(name)!);
    await fetchInto(folder, wanted, { hub, commit, settings, blobs: cache.blobs }, display);
  };
  const held = [...files.keys()];
  const described = describingFiles(id, held);
  await fetchFiles(described);
  await assertUsable(id, folder);
  await fetchFiles(weightFiles(id, held, await readIndex(folder, described)));
  const remember = () => cache.rememberCommit(revision, commit);
  await withFile('write', settings.cache, remember, cacheAdvice); // last: what it names is whole
  return { folder, commit };
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
