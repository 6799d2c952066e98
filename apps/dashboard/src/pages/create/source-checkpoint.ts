// The first checkpoint of a group that is made on the page: one of another group, taken byte for byte. This browser fetches it and
// puts it back; nothing is computed.
import { ApiProblem } from '@colora/protocol/api-client';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import { isControl } from '@colora/protocol/control-names';
import type { TaskGroup } from '@colora/protocol/entities';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import type { Announced } from '@colora/protocol/groups/group-plan';
import { ProblemError } from '@colora/protocol/problems';
import { lengthBytes, parseHeader, parseHeaderLength } from '@colora/tensors/safetensors/safetensors-header';
import { call } from '../../api/client.ts';

/** first: nothing is learnt in it yet; latest: what the group has learnt. */
export type Which = 'first' | 'latest';

export interface SourceCheckpoint {
  readonly group: string;
  readonly version: number;
  readonly sha256: string;
}

/** A header of ten thousand tensors takes about a tenth of this. */
const mostHeaderBytes = 16_000_000;

/** Rows of clusters and controls belong to those who learnt them: a new group begins without. */
export function mayGiveLatest({ settings }: Pick<TaskGroup, 'settings'>): boolean {
  return clustersOf(settings) === 'off' && !settings.training.controls;
}

export async function findCheckpoint(
  group: string,
  which: Which,
  signal?: AbortSignal,
): Promise<SourceCheckpoint> {
  const sort = which === 'first' ? 'oldest' : 'newest';
  const { items } = await call('listCheckpoints', { params: { group }, query: { sort, limit: 1 }, signal });
  const found = items[0];
  if (found === undefined || (which === 'first' && found.version !== 0))
    throw refusal(`${group} has its ${which} checkpoint no more: begin with another one`);
  return { group, version: found.version, sha256: found.sha256 };
}

const refusal = (detail: string) =>
  new ApiProblem(new ProblemError('unknown-checkpoint', detail).toProblem(), null);

/** Names and shapes, out of the file's first bytes. */
export async function tensorsOf(
  source: SourceCheckpoint,
  signal?: AbortSignal,
): Promise<NonNullable<Announced['tensors']>> {
  const length = parseHeaderLength(await readBytes(source, 0, lengthBytes, signal), mostHeaderBytes);
  const { tensors } = parseHeader(await readBytes(source, lengthBytes, length, signal));
  return tensors
    .filter(({ name }) => !isControl(name))
    .map(({ name, shape }) => ({ name, shape: [...shape] }));
}

async function readBytes(source: SourceCheckpoint, from: number, length: number, signal?: AbortSignal) {
  const headers = { range: `bytes=${from}-${from + length - 1}` };
  const response = await call('getCheckpoint', { params: paramsOf(source), headers, signal });
  return await bytesOf(response);
}

const paramsOf = ({ group, version }: SourceCheckpoint) => ({ group, version });

export async function readCheckpoint(source: SourceCheckpoint): Promise<Uint8Array> {
  const response = await call('getCheckpoint', { params: paramsOf(source), timeoutSeconds: transferSeconds });
  return await bytesOf(response);
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new NetworkProblem('the checkpoint broke off on its way', { cause: error });
  }
}

/** As checkpoint 0 of `target`; again with the same bytes, nothing happens. */
export async function giveCheckpoint(target: string, bytes: Uint8Array, sha256: string): Promise<void> {
  const timeoutSeconds = transferSeconds;
  await call('putInitialCheckpoint', { params: { group: target }, bytes, sha256, timeoutSeconds });
}

/** A gigabyte, the most that there may be, at 1 MB a second. */
const transferSeconds = 1200;
