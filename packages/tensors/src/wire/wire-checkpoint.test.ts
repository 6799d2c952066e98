import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planPieces } from '../pieces.ts';
import { decode } from '../safetensors/safetensors.ts';
import { SafetensorsError } from '../safetensors/safetensors-error.ts';
import type { TensorMap } from '../tensor.ts';
import { joined } from '../tensor-bytes.ts';
import { exactMaps } from '../testing-arbitraries.ts';
import {
  checkpointHeader,
  type DownloadEncoding,
  decodeCheckpoint,
  encodePiece,
  mostCheckpointBytes,
} from './wire-checkpoint.ts';
import { encodeWire } from './wire-file.ts';

const encodings: DownloadEncoding[] = ['f32', 'f16', 'bf16', 'int8'];

/** A whole file in memory, its tensors in the order of the map. */
function encodeCheckpointFor(encoding: DownloadEncoding, tensors: TensorMap): Uint8Array {
  const named = [...tensors].map(([name, { shape }]) => ({ name, shape }));
  const parts = planPieces(named).map((piece) => {
    const values = new Float32Array(piece.elements);
    let at = 0;
    for (const { name, from, to } of piece.ranges) {
      values.set(tensors.get(name)!.data.subarray(from, to), at);
      at += to - from;
    }
    return encodePiece(encoding, piece, values);
  });
  return joined([checkpointHeader(encoding, named), ...parts]);
}

test('a checkpoint is readable by itself in every encoding, and equal ones are equal bytes', () => {
  for (const encoding of encodings) {
    fc.assert(
      fc.property(exactMaps, (map) => {
        const bytes = encodeCheckpointFor(encoding, map);
        assert.deepEqual(encodeCheckpointFor(encoding, map), bytes);
        if (encoding === 'f32') assert.deepEqual(decode(bytes).tensors, map);
        const decoded = decodeCheckpoint(bytes);
        assert.deepEqual([...decoded.keys()].sort(), [...map.keys()].sort());
        for (const [name, { shape, data }] of map) {
          assert.deepEqual(decoded.get(name)!.shape, shape);
          const largest = Math.max(0, ...data.map(Math.abs));
          for (const [at, value] of data.entries()) {
            const allowed = encoding === 'int8' ? (largest / 254) * 1.0001 : 0; // half a step
            assert.ok(Math.abs(decoded.get(name)!.data[at]! - value) <= allowed);
          }
        }
      }),
    );
  }
});

test('a packed checkpoint without its shapes, or with others, is refused', () => {
  const map = new Map([['a', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]]);
  const wrong = [
    undefined,
    '',
    '[',
    '{}',
    '[]',
    '[3]',
    '[["a"]]',
    '[["a",3]]',
    '[["a",[-1]]]',
    '[["a",[7]]]',
    '[["a",[4294967296,4294967296]]]',
    '[["a",[99999999999]]]',
  ];
  for (const shapes of wrong) {
    const metadata: Record<string, string> = shapes === undefined ? {} : { shapes };
    const bytes = encodeWire(map, { encoding: 'int8', metadata });
    assert.throws(() => decodeCheckpoint(bytes), SafetensorsError, shapes);
  }
  const whole = encodeWire(map, { encoding: 'int8', metadata: { shapes: '[["a",[3,2]]]' } });
  assert.deepEqual(decodeCheckpoint(whole).get('a')!.shape, [3, 2]);
});

test('how large a checkpoint can be is known from its shapes, whatever the order, and to within its header', () => {
  for (const encoding of encodings) {
    fc.assert(
      fc.property(exactMaps, (map) => {
        const shapes = [...map].map(([name, { shape }]) => ({ name, shape }));
        const most = mostCheckpointBytes(encoding, shapes);
        for (const order of [[...map], [...map].reverse()]) {
          const bytes = encodeCheckpointFor(encoding, new Map(order)).length;
          assert.ok(bytes <= most && most <= bytes + 100 * (map.size + 1), `${bytes}, and ${most} at most`);
        }
      }),
    );
  }
});
