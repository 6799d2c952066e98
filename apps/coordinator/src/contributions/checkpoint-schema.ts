// Names and shapes of a checkpoint, read from its header alone: the checkpoint is the schema of the
// contributions made at it.
import { headerLimit, lengthBytes, parseHeader, parseHeaderLength } from '@colora/tensors/safetensors';
import type { Context } from '../context.ts';
import type { Schema } from './check-contribution.ts';
import type { Entry } from './contribution-entry.ts';

export async function readSchema({ blobs }: Context, entry: Entry): Promise<Schema> {
  const bytes = await blobs.read({ id: entry.checkpointBlobId, bytes: entry.checkpointBytes });
  const end = lengthBytes + parseHeaderLength(bytes, headerLimit, bytes.length);
  const { tensors } = parseHeader(bytes.subarray(lengthBytes, end), bytes.length);
  return new Map(tensors.map((info) => [info.name, info]));
}
