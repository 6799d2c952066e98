// The bytes that every echo client sends: made once; a new round changes the header alone, at the same length.

import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { formatContentDigest } from '@colora/protocol/digest';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TensorMap } from '@colora/tensors/tensor';
import type { WireEncodingName } from '@colora/tensors/wire/wire-encoding';
import { encodeWire } from '@colora/tensors/wire/wire-file';

export interface UpdateBody {
  readonly parts: readonly Uint8Array[];
  readonly digest: string;
}

const tensorCount = 16;
const rank = 8;

/** An adapter's worth of float32 in so many MB (10^6 bytes), of full entropy so that nothing compresses. */
export function randomTensors(megabytes: number, scale = 1): TensorMap {
  const width = Math.round((megabytes * 1e6) / 4 / tensorCount / rank);
  let state = 0x9e3779b9;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    return (state / 2 ** 32 - 0.5) * scale;
  };
  const tensor = () => ({ shape: [rank, width], data: Float32Array.from({ length: rank * width }, next) });
  return new Map(Array.from({ length: tensorCount }, (_, index) => [`layers.${index}.A`, tensor()] as const));
}

/** A maker of the body of a round, which remembers the last one. */
export function updateBodies(
  megabytes: number,
  encoding: WireEncodingName,
): (round: number, version: number) => UpdateBody {
  const metadataOf = (round: number, version: number) =>
    encodeContributionMetadata({ kind: 'delta', version, round, examples: 1 });
  const tensors = randomTensors(megabytes, 1e-3);
  const file = Buffer.from(encodeWire(tensors, { encoding, metadata: metadataOf(1e6, 1e6) }));
  const headerEnd = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, headerEnd)) as { __metadata__: object };
  const data = file.subarray(headerEnd);
  let last = { round: 0, body: { parts: [] as Uint8Array[], digest: '' } };
  return (round, version) => {
    if (last.round === round) return last.body;
    const metadata = { ...header.__metadata__, ...metadataOf(round, version) };
    const head = Buffer.alloc(headerEnd, ' ');
    file.copy(head, 0, 0, 8);
    head.write(JSON.stringify({ ...header, __metadata__: metadata }), 8);
    const hash = sha256Hex(head, data);
    last = { round, body: { parts: [head, data], digest: formatContentDigest(hash) } };
    return last.body;
  };
}
