// A running coordinator as a source: what this key may see of a group. Files are downloaded into a folder; a member gets
// checkpoints, an admin contributions and the optimizer's states too.
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type ApiClient, ApiProblem } from '@colora/protocol/api-client';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { everyItem } from '@colora/protocol/paging/every-item';
import type { ManifestEntry } from '@colora/protocol/proofs/manifest-entry';
import { filePath } from './proof-folder.ts';
import type { FoundFile, ProofSource } from './proof-source.ts';

const pageOfEntries = 1000;

/** `files`: the folder to put them into. */
export async function coordinatorSource(api: ApiClient, group: string, files: string): Promise<ProofSource> {
  const { key } = await api.call('showCoordinatorKey', {});
  makeFolder(files);
  const params = { group };
  const showManifest = (version: number) =>
    api.call('showManifest', { params: { group, version: String(version) } });
  const fetchFile = async (sha256: string, ask: () => Promise<Response>): Promise<FoundFile> => {
    const path = filePath(files, sha256);
    if ((await stat(path).catch(() => null)) !== null) return { path };
    const answer = await asked(ask);
    if ('why' in answer) return answer;
    await withFile('write', path, () => download(answer, path));
    return { path };
  };
  return {
    group,
    key,
    manifests: () => everyItem((cursor) => api.call('listManifests', { params, query: { cursor } })),
    settings: async (version) => (await showManifest(version)).settings,
    unmasking: async (version) => (await showManifest(version)).unmasking,
    async entries(version) {
      const all: ManifestEntry[] = [];
      const ofVersion = { group, version: String(version) };
      const pages = everyItem((cursor) =>
        api.call('listManifestEntries', { params: ofVersion, query: { limit: pageOfEntries, cursor } }),
      );
      for await (const entry of pages) all.push(entry);
      return all;
    },
    checkpoint: (version, sha256) =>
      fetchFile(sha256, () => api.call('getCheckpoint', { params: { group, version: String(version) } })),
    file: (sha256) => fetchFile(sha256, () => api.call('getKeptFile', { params: { group, sha256 } })),
    release: (sha256) => rm(filePath(files, sha256), { force: true }),
  };
}

async function download({ body }: Response, path: string): Promise<void> {
  try {
    await pipeline(
      body === null ? [] : Readable.fromWeb(body as ReadableStream<Uint8Array>),
      createWriteStream(path),
    );
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function asked(ask: () => Promise<Response>): Promise<Response | { readonly why: string }> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.is('unknown-checkpoint')) return { why: 'its bytes are not kept any more' };
    if (error.is('wrong-role')) return { why: 'only an admin’s key may read it' };
    throw error;
  }
}
