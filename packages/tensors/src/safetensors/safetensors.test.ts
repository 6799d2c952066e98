import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type TensorMap, tensor } from '../tensor.ts';
import { anyMaps, exactMaps, metadata } from '../testing-arbitraries.ts';
import { decode, encode } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { parseHeader } from './safetensors-header.ts';
import { craftFile, hostileFiles } from './testing-hostile-files.ts';

const sorted = (map: TensorMap) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

// safetensors 0.8.0 for Python: save({'w.b': f32 [[1, -2.5], [3.25, 0]], 'w.a': f16 [0.5, 65504, -6e-8],
// 'empty': f32 [0, 3], 'scalar': f32 7}, metadata={'made': 'by python'})
const madeByPython = Buffer.from(
  'EAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtYWRlIjoiYnkgcHl0aG9uIn0sImVtcHR5Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOls' +
    'wLDNdLCJkYXRhX29mZnNldHMiOlswLDBdfSwic2NhbGFyIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOl' +
    'swLDRdfSwidy5iIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOls0LDIwXX0sIncuYSI6eyJkdHlwZ' +
    'SI6IkYxNiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzIwLDI2XX19ICAgIAAA4EAAAIA/AAAgwAAAUEAAAAAAADj/ewGA',
  'base64',
);

test('a file of the reference implementation is read', () => {
  const { tensors, metadata: found } = decode(madeByPython);
  assert.deepEqual(found, { made: 'by python' });
  assert.deepEqual(sorted(tensors), [
    ['empty', tensor([0, 3], [])],
    ['scalar', tensor([], [7])],
    ['w.a', tensor([3], [0.5, 65504, -(2 ** -24)])],
    ['w.b', tensor([2, 2], [1, -2.5, 3.25, 0])],
  ]);
});

test('float32 maps come back bit by bit, NaN included', () => {
  fc.assert(
    fc.property(anyMaps, metadata, (map, texts) => {
      const decoded = decode(encode(map, { metadata: texts }));
      assert.deepEqual(sorted(decoded.tensors), sorted(map));
      assert.deepEqual(decoded.metadata, texts);
    }),
  );
});

test('the half formats hold what fits them exactly, in half the bytes', () => {
  fc.assert(
    fc.property(exactMaps, fc.constantFrom('F16' as const, 'BF16' as const), (map, dtype) => {
      assert.deepEqual(sorted(decode(encode(map, { dtype })).tensors), sorted(map));
    }),
  );
  const big: TensorMap = new Map([['w', tensor([1000], new Float32Array(1000))]]);
  assert.ok(encode(big, { dtype: 'F16' }).length < encode(big).length - 1990);
});

test('equal maps give equal bytes, whatever the order they were put in', () => {
  fc.assert(
    fc.property(anyMaps, metadata, (map, texts) => {
      const turned = new Map([...map].reverse());
      const turnedTexts = Object.fromEntries(Object.entries(texts).reverse());
      assert.deepEqual(encode(turned, { metadata: turnedTexts }), encode(map, { metadata: texts }));
    }),
  );
});

test('data begin at a multiple of eight bytes; bytes may lie at any offset of their buffer', () => {
  fc.assert(
    fc.property(anyMaps, fc.nat(7), (map, shift) => {
      const bytes = encode(map);
      assert.equal(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, 0);
      const shifted = new Uint8Array(bytes.length + shift);
      shifted.set(bytes, shift);
      const { tensors } = decode(shifted.subarray(shift));
      shifted.fill(0xff); // decoded tensors own their memory
      assert.deepEqual(sorted(tensors), sorted(map));
    }),
  );
});

test('hostile files are refused, each for its own reason', () => {
  for (const { what, code, bytes } of hostileFiles) {
    assert.throws(
      () => decode(bytes),
      (error) => error instanceof SafetensorsError && error.code === code && error.message.length < 500,
      what,
    );
  }
});

test('a file cut anywhere is refused', () => {
  for (let length = 0; length < madeByPython.length; length += 1) {
    assert.throws(() => decode(madeByPython.subarray(0, length)), SafetensorsError, `${length} bytes`);
  }
});

test('a file with one byte changed is read or refused, never anything else', () => {
  fc.assert(
    fc.property(fc.nat(madeByPython.length - 1), fc.nat(255), (place, value) => {
      const changed = Uint8Array.from(madeByPython);
      changed[place] = value;
      try {
        decode(changed);
      } catch (error) {
        assert.ok(error instanceof SafetensorsError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('the header lists tensors in the order of their bytes, with places in the file', () => {
  const headerLength = Number(madeByPython.readBigUInt64LE());
  const header = parseHeader(madeByPython.subarray(8, 8 + headerLength));
  assert.deepEqual(
    header.tensors.map(({ name, offset, length }) => [name, offset, length]),
    [
      ['empty', 280, 0],
      ['scalar', 280, 4],
      ['w.b', 284, 16],
      ['w.a', 300, 6],
    ],
  );
  assert.equal(header.dataStart, 280);
  assert.equal(header.totalLength, madeByPython.length);
});

test('dtypes of the format that have no float32 form are listed but not decoded', () => {
  const header = '{"ids":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}';
  const parsed = parseHeader(new TextEncoder().encode(header));
  assert.equal(parsed.tensors[0]?.dtype, 'I64');
  assert.throws(() => decode(craftFile(header, 16)), /tensor ids is I64; only F32, F16 and BF16/);
});

test('packed sub-byte formats are measured in bits', () => {
  const header = '{"q":{"dtype":"F4","shape":[2,4],"data_offsets":[0,4]}}';
  assert.equal(parseHeader(new TextEncoder().encode(header)).tensors[0]?.length, 4);
});

test('what the format can’t hold is not written', () => {
  const one = tensor([1], [1]);
  assert.throws(() => encode(new Map([['__metadata__', one]])), /no tensor may be called __metadata__/);
  assert.throws(() => encode(new Map([['\ud800', one]])), /half a surrogate pair/);
  assert.throws(() => encode(new Map([['w', { shape: [2], data: one.data }]])), /shape \[2\] holds 1 values/);
  assert.throws(() => encode(new Map([['w', { shape: [-1], data: one.data }]])), SafetensorsError);
});

test('messages hold no values and cut long names', () => {
  const header = `{"${'n'.repeat(5000)}":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`;
  assert.throws(
    () => decode(craftFile(header, 4)),
    (error) => error instanceof SafetensorsError && error.message.length < 300,
  );
});
