// Checkpoints as files named by their sha256: what was downloaded once is not downloaded again after a
// restart. Bytes are checked against the name whenever they are read.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '@colora/protocol/api-client';
import type { CheckpointInfo } from '@colora/protocol/entities';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { sha256Hex } from '@colora/protocol/sha256';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import type { TensorMap } from '@colora/tensors/tensor';
import { decodeCheckpoint } from '@colora/tensors/wire/wire-checkpoint';
import { noTracing, type Tracing } from '@colora/tracing/tracing';
import { ClientError } from '../../client-error.ts';
import { download, partialOf } from '../download.ts';
import type { Transfers } from '../transfers.ts';
import type { CheckpointRoom } from './checkpoint-room.ts';

export interface PullOptions {
  readonly tracing?: Tracing;
  readonly api: ApiClient;
  readonly transfers: Transfers;
  readonly group: { readonly name: string };
  readonly folder: string;
  readonly room: CheckpointRoom;
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
 * throws NetworkProblem when it broke off, and the next goes on from there. ClientError 'excessive' where it is larger than `room`,
 * by what is announced or by what came, or holds something else.
 */
export async function pullCheckpoint(
  { api, transfers, group, folder, room, signal, tracing = noTracing }: PullOptions,
  info: CheckpointInfo,
): Promise<TensorMap> {
  const path = fileOf(folder, info.sha256);
  const cached = await readCheckpoint(folder, info.sha256);
  if (cached !== null) return inRoom(cached, info, room);
  assertAnnounced(info, room);
  await withFile('make the folder', folder, async () => makeFolder(folder, 0o700));
  await removeOthers(folder, (name) => isPartial(name) && !join(folder, name).startsWith(path));
  const params = { group: group.name, version: info.version };
  const what = `checkpoint ${info.version}`;
  const held = await partialBytes(folder, info);
  await transfers.daily?.roomFor(Math.max(0, info.bytes - held), what, signal);
  const load = () =>
    download({
      what,
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
  const loading = tracing.during('download', load, { attributes: { 'colora.version': info.version } });
  await loading.finally(async () => {
    const now = existsSync(path) ? info.bytes : await partialBytes(folder, info);
    await transfers.daily?.used(Math.max(0, now - held));
  });
  await removeOthers(folder, (name) => join(folder, name) !== path);
  return inRoom(decodeWhole(await readFile(path), info), info, room);
}

const isPartial = (name: string) => name.includes('.partial');

async function removeOthers(folder: string, isOther: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) if (isOther(name)) await rm(join(folder, name), { force: true });
}

/** Before a byte of it is asked for. */
function assertAnnounced({ version, bytes }: CheckpointInfo, { mostBytes }: CheckpointRoom): void {
  if (bytes <= mostBytes) return;
  throw excessive(version, `it announces ${bytes} bytes, and the group’s settings make ${mostBytes} at most`);
}

function decodeWhole(bytes: Uint8Array, { version }: CheckpointInfo): TensorMap {
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (error instanceof SafetensorsError) throw excessive(version, error.message);
    throw error;
  }
}

function inRoom(tensors: TensorMap, { version }: CheckpointInfo, room: CheckpointRoom): TensorMap {
  const other = [...tensors].find(([name, { shape }]) => !room.holds(name, shape));
  if (other === undefined) return tensors;
  const [name, { shape }] = other;
  throw excessive(
    version,
    `it holds ${JSON.stringify(name.slice(0, 100))} of shape [${shape.join(', ')}], which the group’s settings don’t make`,
  );
}

function excessive(version: number, why: string): ClientError {
  return new ClientError(
    'excessive',
    `checkpoint ${version} is not what this group’s can be: ${why}. Nothing was trained on it; tell whoever runs the coordinator`,
  );
}

/** How much of it is here already, from attempts that broke off. */
export async function partialBytes(folder: string, { sha256 }: CheckpointInfo): Promise<number> {
  const found = await stat(partialOf(fileOf(folder, sha256))).catch(() => null);
  return found?.size ?? 0;
}
