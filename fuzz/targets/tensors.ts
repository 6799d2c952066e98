// Safetensors files and the wire's encodings: contributions and checkpoints, whole and as streams.

import { planPieces } from '@colora/tensors/pieces';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import { readSafetensors } from '@colora/tensors/safetensors/safetensors-stream';
import type { TensorMap } from '@colora/tensors/tensor';
import { joined } from '@colora/tensors/tensor-bytes';
import {
  checkpointHeader,
  type DownloadEncoding,
  decodeCheckpoint,
  encodePiece,
} from '@colora/tensors/wire/wire-checkpoint';
import { decodeContribution, encodeWire } from '@colora/tensors/wire/wire-file';
import type { FuzzTarget } from '../target.ts';

const tensors: TensorMap = new Map(
  Object.entries({ a: [40, 9], 'head/good': [33], scalar: [], 'x.shared.A': [2, 3, 4] }).map(
    ([name, shape]) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
      return [name, { shape, data }];
    },
  ),
);
const metadata = { kind: 'delta', version: '3', examples: '12' };
const plain = [encode(tensors, { metadata }), encode(tensors, { dtype: 'F16' }), encode(new Map())];
const packed = (['f16', 'bf16', 'int8', 'top-k'] as const).map((encoding) =>
  encodeWire(tensors, { encoding, keep: 0.2, metadata }),
);

function checkpointIn(encoding: DownloadEncoding): Uint8Array {
  const named = [...tensors].map(([name, { shape }]) => ({ name, shape }));
  const pieces = planPieces(named).map((piece) => {
    const ranges = piece.ranges.map(({ name, from, to }) => [...tensors.get(name)!.data.subarray(from, to)]);
    return encodePiece(encoding, piece, Float32Array.from(ranges.flat()));
  });
  return joined([checkpointHeader(encoding, named), ...pieces]);
}

async function* inParts(bytes: Uint8Array, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

export const openTensorTargets = async (): Promise<FuzzTarget[]> => [
  { name: 'a safetensors file', form: 'safetensors', corpus: plain, read: async (bytes) => decode(bytes) },
  {
    name: 'a safetensors stream',
    form: 'safetensors',
    corpus: plain,
    async read(bytes) {
      const limits = { maxBytes: 1e7 };
      const { tensors } = await readSafetensors(inParts(bytes, 33), limits);
      for await (const _ of tensors);
    },
  },
  {
    name: 'a contribution',
    form: 'safetensors',
    corpus: [...plain, ...packed],
    read: async (bytes) => decodeContribution(bytes, tensors),
  },
  {
    name: 'a checkpoint',
    form: 'safetensors',
    corpus: [...plain, ...(['f16', 'bf16', 'int8'] as const).map(checkpointIn)],
    read: async (bytes) => decodeCheckpoint(bytes),
  },
];
