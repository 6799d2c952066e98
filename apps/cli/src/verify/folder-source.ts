// An exported proof as a source: nothing but files, no network.
import { readdir, readFile, stat } from 'node:fs/promises';
import { withFile } from '@colora/protocol/failures/file-problem';
import type { z } from 'zod';
import { UsageError } from '../usage-error.ts';
import {
  filePath,
  filesFolder,
  manifestPath,
  manifestsFolder,
  proofPath,
  proofSchema,
  provedManifestSchema,
} from './proof-folder.ts';
import type { FoundFile, ProofSource } from './proof-source.ts';

/** Throws UsageError where `folder` holds no proof. */
export async function folderSource(folder: string): Promise<ProofSource> {
  const proof = await readAs(proofPath(folder), proofSchema);
  const read = (version: number) => readAs(manifestPath(folder, version), provedManifestSchema);
  const find = async (sha256: string): Promise<FoundFile> => {
    const path = filePath(filesFolder(folder), sha256);
    return (await stat(path).catch(() => null)) === null ? { why: 'the export does not hold it' } : { path };
  };
  return {
    group: proof.group,
    key: proof.coordinatorKey,
    async *manifests() {
      for (const version of await versionsIn(manifestsFolder(folder))) yield await read(version);
    },
    settings: async (version) => (await read(version)).settings,
    unmasking: async (version) => (await read(version)).unmasking,
    entries: async (version) => (await read(version)).entries,
    checkpoint: (_, sha256) => find(sha256),
    file: find,
    release: async () => undefined,
  };
}

async function versionsIn(folder: string): Promise<number[]> {
  const names = await withFile('read', folder, () => readdir(folder));
  return names
    .flatMap((name) => /^(\d{1,10})\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

async function readAs<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const text = await withFile('read', path, () => readFile(path, 'utf8'), '--from names its folder');
  const read = schema.safeParse(jsonIn(text));
  if (read.success) return read.data;
  throw new UsageError(`--from: ${path} is no part of an exported proof: export it again`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
