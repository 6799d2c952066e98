// Checkpoints as files named by their sha256: what was downloaded once is not downloaded again after a
// restart. Bytes are checked against the name whenever they are read.
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '@colora/protocol/api-client';
import type { CheckpointInfo } from '@colora/protocol/entities';
import { withFile } from '@colora/protocol/failures/file-problem';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TensorMap } from '@colora/tensors/tensor';
import { decodeCheckpoint } from '@colora/tensors/wire/wire-checkpoint';
import { download, partialOf } from './download.ts';
import type { Transfers } from './transfers.ts';

export interface PullOptions {
  readonly api: ApiClient;
  readonly transfers: Transfers;
  readonly group: { readonly name: string };
  readonly folder: string;
  readonly signal: AbortSignal;
}

const fileOf = (folder: string, sha256: string) => join(folder, `${sha256}.safetensors`);

/** The cached checkpoint, or null when it is absent or damaged. */
export async function readCheckpoint(folder: string, sha256: string): Promise<TensorMap | null> {
  const bytes = await readFile(fileOf(folder, sha256)).catch(() => null);
  return bytes === null || sha256Hex(bytes) !== sha256 ? null : decodeCheckpoint(bytes);
}

/**
 * The checkpoint from the cache, else from the coordinator (kept then, and older ones removed). One attempt:
 * throws NetworkProblem when it broke off, and the next goes on from there.
 */
export async function pullCheckpoint(
  { api, transfers, group, folder, signal }: PullOptions,
  info: CheckpointInfo,
): Promise<TensorMap> {
  const path = fileOf(folder, info.sha256);
  const cached = await readCheckpoint(folder, info.sha256);
  if (cached !== null) return cached;
  await withFile('make the folder', folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const params = { group: group.name, version: info.version };
  await download({
    what: `checkpoint ${info.version}`,
    path,
    bytes: info.bytes,
    sha256: info.sha256,
    request: (headers, until) =>
      api.call('getCheckpoint', {
        params,
        query: { encoding: info.encoding },
        headers,
        signal: until,
        timeoutSeconds: Number.POSITIVE_INFINITY,
      }),
    signal,
    bucket: transfers.download,
    patienceSeconds: transfers.patienceSeconds,
  });
  for (const name of await readdir(folder)) {
    if (join(folder, name) !== path) await rm(join(folder, name), { force: true });
  }
  return decodeCheckpoint(await readFile(path));
}

/** How much of it is here already, from attempts that broke off. */
export async function partialBytes(folder: string, { sha256 }: CheckpointInfo): Promise<number> {
  const found = await stat(partialOf(fileOf(folder, sha256))).catch(() => null);
  return found?.size ?? 0;
}
