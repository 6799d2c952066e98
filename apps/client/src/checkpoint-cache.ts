// Checkpoints as files named by their sha256: what was downloaded once is not downloaded again after a
// restart. Bytes are checked against the name whenever they are read.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, NetworkProblem } from '@colora/protocol/api-client';
import type { CheckpointInfo } from '@colora/protocol/entities';
import { decode } from '@colora/tensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { writeAtomic } from './atomic-file.ts';
import { sha256Hex } from './outbox.ts';

/** The cached checkpoint, or null when it is absent or damaged. */
export async function readCheckpoint(folder: string, sha256: string): Promise<TensorMap | null> {
  const bytes = await readFile(join(folder, `${sha256}.safetensors`)).catch(() => null);
  return bytes === null || sha256Hex(bytes) !== sha256 ? null : decode(bytes).tensors;
}

/**
 * The checkpoint from the cache, else from the coordinator (kept then, and older ones removed).
 * Throws NetworkProblem when what came is not what was announced: the caller asks again.
 */
export async function pullCheckpoint(
  api: ApiClient,
  group: string,
  info: CheckpointInfo,
  folder: string,
  signal: AbortSignal,
): Promise<TensorMap> {
  const cached = await readCheckpoint(folder, info.sha256);
  if (cached !== null) return cached;
  const answer = await api.call('getCheckpoint', { params: { group, version: info.version }, signal });
  const bytes = await readBody(answer, info, signal);
  if (sha256Hex(bytes) !== info.sha256) {
    throw new NetworkProblem(`checkpoint ${info.version} arrived with another sha256 than announced`);
  }
  const path = join(folder, `${info.sha256}.safetensors`);
  await writeAtomic(path, bytes);
  for (const name of await readdir(folder)) {
    if (join(folder, name) !== path) await rm(join(folder, name), { force: true });
  }
  return decode(bytes).tensors;
}

/** Reads at most the announced number of bytes, straight into place. */
async function readBody(answer: Response, info: CheckpointInfo, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(info.bytes);
  let length = 0;
  try {
    for await (const part of answer.body ?? []) {
      if (length + part.byteLength > bytes.byteLength) {
        throw new NetworkProblem(`checkpoint ${info.version} is larger than announced`);
      }
      bytes.set(part, length);
      length += part.byteLength;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NetworkProblem) throw error;
    throw new NetworkProblem(`the download of checkpoint ${info.version} broke off`, { cause: error });
  }
  if (length !== info.bytes) throw new NetworkProblem(`the download of checkpoint ${info.version} broke off`);
  return bytes;
}
