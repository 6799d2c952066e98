import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planPieces } from '../pieces.ts';
import { seededRandom } from '../random.ts';
import { decode, encode } from '../safetensors/safetensors.ts';
import { SafetensorsError, type SafetensorsErrorCode } from '../safetensors/safetensors-error.ts';
import { parseHeader } from '../safetensors/safetensors-header.ts';
import { elementCount, type Tensor, type TensorMap } from '../tensor.ts';
import { anyMaps } from '../testing-arbitraries.ts';
import type { WireEncodingName } from './wire-encoding.ts';
import { decodeContribution, encodeWire } from './wire-file.ts';
import { planContribution, rangesOf } from './wire-plan.ts';
import { openWireStream } from './wire-stream.ts';

const names: WireEncodingName[] = ['f32', 'f16', 'bf16', 'int8', 'top-k'];
const random = seededRandom('wire-file');

function randomMap(shapes: Record<string, number[]>): TensorMap {
  const entries = Object.entries(shapes).map(([name, shape]): [string, Tensor] => {
    const data = Float32Array.from({ length: elementCount(shape) }, () => random.gaussian());
    return [name, { shape, data }];
  });
  return new Map(entries);
}

const checkpoint = randomMap({
  a: [70_000],
  b: [3, 5],
  c: [0],
  d: [],
  e: [2, 65_536],
  f: [9],
});
const schemaList = [...checkpoint].map(([name, { shape }]) => ({ name, shape }));
const pieces = planPieces(schemaList);

/** A stream cut anywhere. */
async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a coordinator does: cuts the stream at piece boundaries, keeps the pieces, decodes them again later. */
async function throughPieces(bytes: Uint8Array, partSize: number): Promise<TensorMap> {
  const stream = await openWireStream(inParts(bytes, partSize), { maxBytes: bytes.length });
  const plan = planContribution(schemaList, pieces, stream.header);
  const stored = new Map<number, Uint8Array>();
  for await (const piece of stream.pieces(plan)) stored.set(piece.index, piece.bytes);
  assert.equal(
    stream.headerBytes.length + [...stored.values()].reduce((sum, { length }) => sum + length, 0),
    bytes.length,
  );
  const again = planContribution(schemaList, pieces, parseHeader(stream.headerBytes.subarray(8)));
  const tensors = new Map<string, Tensor>();
  for (const { name } of stream.header.tensors) {
    const { shape } = checkpoint.get(name)!;
    tensors.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  }
  for (const piece of again) {
    for (const { range, bytes } of rangesOf(piece, stored.get(piece.index)!)) {
      const out = tensors.get(range.name)!.data.subarray(range.from, range.to);
      range.encoding.decodeRange(bytes, out, range.name);
    }
  }
  return tensors;
}

test('f32 is today’s file to the byte', () => {
  fc.assert(
    fc.property(anyMaps, (map) => {
      assert.deepEqual(encodeWire(map, { encoding: 'f32' }), encode(map));
    }),
  );
});

test('a file comes back whole and through its pieces alike, in every encoding, any tensors left out', async () => {
  for (const encoding of names) {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...checkpoint.keys()]),
        fc.constantFrom(999, 100_000, 10_000_000),
        async (kept, partSize) => {
          const map = new Map(kept.map((name) => [name, checkpoint.get(name)!]));
          const bytes = encodeWire(map, {
            encoding,
            keep: 0.1,
            uniform: random.next,
            metadata: { kind: 'delta' },
          });
          const { tensors, metadata } = decodeContribution(bytes, checkpoint);
          assert.equal(metadata.kind, 'delta');
          assert.deepEqual([...tensors.keys()], kept);
          for (const [name, { shape, data }] of tensors) {
            assert.deepEqual(shape, map.get(name)!.shape);
            const norm = Math.hypot(...data.subarray(0, 100));
            assert.ok(Number.isFinite(norm));
          }
          assert.deepEqual(await throughPieces(bytes, partSize), tensors);
        },
      ),
      { numRuns: 12 },
    );
  }
});

test('top-k sends the largest share of each tensor', () => {
  const map = new Map([['a', checkpoint.get('a')!]]);
  const bytes = encodeWire(map, { encoding: 'top-k', keep: 0.01 });
  const { data } = decodeContribution(bytes, checkpoint).tensors.get('a')!;
  const kept = [...data.keys()].filter((at) => data[at] !== 0);
  assert.equal(kept.length, 700);
  const smallest = Math.min(...kept.map((at) => Math.abs(map.get('a')!.data[at]!)));
  for (const [at, value] of map.get('a')!.data.entries()) {
    if (data[at] === 0) assert.ok(Math.abs(value) <= smallest);
  }
  assert.ok(bytes.length < 700 * 4 + 300);
});

const refused = (code: SafetensorsErrorCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SafetensorsError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
  return true;
};

test('tensors that are not the checkpoint’s, or not in its order, are refused with how to mend it', () => {
  const plan = (tensors: { name: string; shape: number[] }[], metadata: Record<string, string> = {}) => {
    const infos = tensors.map(({ name, shape }) => ({
      name,
      shape,
      dtype: 'F32' as const,
      offset: 0,
      length: 4 * elementCount(shape),
    }));
    return () => planContribution(schemaList, pieces, { tensors: infos, metadata });
  };
  assert.doesNotThrow(
    plan([
      { name: 'b', shape: [3, 5] },
      { name: 'd', shape: [] },
    ]),
  );
  assert.throws(plan([{ name: 'z', shape: [1] }]), refused('unknown-tensor', /no tensor "z"/));
  assert.throws(plan([{ name: 'b', shape: [5, 3] }]), refused('wrong-shape', /\[5, 3\].*\[3, 5\]/));
  const turned = [
    { name: 'd', shape: [] },
    { name: 'b', shape: [3, 5] },
  ];
  assert.throws(plan(turned), refused('tensor-order', /b comes after d.*order of the checkpoint/));
  assert.throws(plan([], { encoding: 'zip' }), refused('unknown-encoding', /"zip".*int8 and top-k/));
  assert.throws(
    plan([{ name: 'b', shape: [3, 5] }], { encoding: 'int8' }),
    refused('unsupported-dtype', /b.*U8/),
  );
});

test('NaN and infinity are not packed', () => {
  for (const encoding of names.slice(1)) {
    const map = new Map([['a', { shape: [2], data: Float32Array.of(1, Number.NaN) }]]);
    assert.throws(() => encodeWire(map, { encoding }), refused('bad-encoding', /tensor a/));
  }
});

test('damaged packed files are refused, whole and as streams; nothing else is thrown', async () => {
  const small = new Map([
    ['b', checkpoint.get('b')!],
    ['d', checkpoint.get('d')!],
    ['f', checkpoint.get('f')!],
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<WireEncodingName>('int8', 'top-k'),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (encoding, damages) => {
        const bytes = encodeWire(small, { encoding, keep: 0.5 });
        const start = parseHeader(
          bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
        ).dataStart;
        for (const [at, value] of damages) bytes[start + (at % (bytes.length - start))] = value;
        const outcome = async (run: () => unknown) => {
          try {
            return await run();
          } catch (error) {
            assert.ok(error instanceof SafetensorsError, String(error));
            return 'refused';
          }
        };
        const whole = await outcome(() => decodeContribution(bytes, checkpoint).tensors);
        const streamed = await outcome(() => throughPieces(bytes, 7));
        assert.deepEqual(streamed, whole);
      },
    ),
    { numRuns: 500 },
  );
});

test('a packed tensor that claims its neighbour’s bytes is refused', async () => {
  const map = new Map([
    ['b', checkpoint.get('b')!],
    ['f', checkpoint.get('f')!],
  ]);
  const bytes = encodeWire(map, { encoding: 'top-k', keep: 0.2 });
  const { tensors } = parseHeader(
    bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
  );
  bytes[tensors[0]!.offset] = 5; // b has 3 of 15
  assert.throws(
    () => decodeContribution(bytes, checkpoint),
    refused('bad-encoding', /tensor b.*claim more bytes/),
  );
  await assert.rejects(throughPieces(bytes, 100), refused('bad-encoding', /tensor b/));
  bytes[tensors[0]!.offset] = 1;
  assert.throws(() => decodeContribution(bytes, checkpoint), refused('bad-encoding', /tensor b.*goes on/));
});

test('plain half files decode as ever', () => {
  const bytes = encodeWire(checkpoint, { encoding: 'bf16' });
  assert.deepEqual(decodeContribution(bytes, new Map()), decode(bytes));
});
