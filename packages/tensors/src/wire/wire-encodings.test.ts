import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../random.ts';
import { SafetensorsError } from '../safetensors/safetensors-error.ts';
import type { WireEncodingName } from './wire-encoding.ts';
import { wireEncodings } from './wire-encodings.ts';
import { rangeSquares } from './wire-plan.ts';

const finite = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, min: -1, max: 1 }),
  fc.constant(0),
);
const ranges = fc.array(finite, { minLength: 1, maxLength: 300 }).map((values) => Float32Array.from(values));
const names = Object.keys(wireEncodings) as WireEncodingName[];
const uniform = seededRandom('wire').next;

/** Decodes from an odd address, as bytes lie in a stream. */
function roundTrip(name: WireEncodingName, values: Float32Array, draw = uniform): Float32Array {
  const encoded = wireEncodings[name].encodeRange(values, draw);
  const unaligned = new Uint8Array(encoded.length + 1).subarray(1);
  unaligned.set(encoded);
  const out = new Float32Array(values.length).fill(9);
  wireEncodings[name].decodeRange(unaligned, out, 'x');
  return out;
}

/** How far a decoded value may be from what was sent: the format's step at that value. */
const bounds: Record<WireEncodingName, (value: number, at: number, values: Float32Array) => number> = {
  f32: () => 0,
  f16: (value) => (Math.abs(value) > 65504 ? Math.abs(value) - 65504 : 2 ** -11 * Math.abs(value) + 2 ** -25),
  bf16: (value) => 2 ** -8 * Math.abs(value) + 2 ** -133, // at the very top the next step is infinity: a whole one
  int8: (value, at, values) => {
    if (Math.abs(value) > 127 * 2 ** 120) return Math.abs(value) - 127 * 2 ** 120 + 2 ** 120;
    const block = values.subarray(at - (at % 64), at - (at % 64) + 64);
    const largest = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return largest > 1e-38 ? (largest / 127) * (1 + 1e-5) : largest;
  },
  'top-k': (value) => 2 ** -8 * Math.abs(value) + 2 ** -133,
};

test('what comes back is within the format’s step of what was sent, wherever the bytes lie', () => {
  for (const name of names) {
    fc.assert(
      fc.property(ranges, (values) => {
        const got = roundTrip(name, values);
        for (const [i, value] of values.entries()) {
          const distance = Math.abs(got[i]! - value);
          assert.ok(distance <= bounds[name](value, i, values), `${name}: ${value} became ${got[i]}`);
        }
      }),
      { numRuns: 200 },
    );
  }
});

test('the sum of squares is that of what is decoded, wherever the bytes lie', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), ranges, fc.constantFrom(0, 1), (name, values, offset) => {
      const encoding = wireEncodings[name];
      const encoded = encoding.encodeRange(values, uniform);
      const bytes = new Uint8Array(encoded.length + offset).subarray(offset);
      bytes.set(encoded);
      const decoded = new Float32Array(values.length);
      encoding.decodeRange(bytes, decoded, 'x');
      const expected = decoded.reduce((sum, value) => sum + value * value, 0);
      const range = { name: 'x', from: 0, to: values.length, encoding };
      const got = rangeSquares({ range: { ...range, byteLength: null, tensorBytes: 0, last: true }, bytes });
      assert.ok(Math.abs(got - expected) <= 1e-6 * expected, `${name}: ${got}, not ${expected}`);
    }),
    { numRuns: 500 },
  );
});

test('lengths are as announced', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), ranges, (name, values) => {
      const encoding = wireEncodings[name];
      const bytes = encoding.encodeRange(values, uniform);
      const known = encoding.byteLength(values.length);
      assert.equal(known ?? encoding.lengthFromPrefix(bytes, values.length, 'x'), bytes.length);
    }),
  );
});

test('int8 takes 1.0625 bytes a value, and a whole range of zeros is one', () => {
  assert.equal(wireEncodings.int8.byteLength(65_536), 69_632);
  assert.deepEqual(roundTrip('int8', new Float32Array(130)), new Float32Array(130));
  assert.equal(wireEncodings['top-k'].encodeRange(new Float32Array(130), uniform).length, 4);
});

test('stochastic rounding is unbiased: the mean over many draws is the value', () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => (i === 0 ? 1 : ((i * 37) % 101) / 101 - 0.5));
  const draws = 4000;
  const sums = new Float64Array(values.length);
  for (let i = 0; i < draws; i += 1) {
    for (const [at, value] of roundTrip('int8', values).entries()) sums[at]! += value;
  }
  const step = 1 / 127;
  // One draw deviates by at most half a step, so the mean of 4000 by more than 6 of these with chance below 1e-7.
  const deviation = step / 2 / Math.sqrt(draws);
  for (const [at, value] of values.entries()) {
    assert.ok(
      Math.abs(sums[at]! / draws - value) < 6 * deviation,
      `${value} came out as ${sums[at]! / draws}`,
    );
  }
  const nearest = roundTrip('int8', values, () => 0.5);
  for (const [at, value] of values.entries()) assert.ok(Math.abs(nearest[at]! - value) <= step * 0.50001);
});

test('equal draws give equal bytes', () => {
  const values = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i));
  const [a, b] = [1, 1].map((seed) => wireEncodings.int8.encodeRange(values, seededRandom(seed).next));
  assert.deepEqual(a, b);
});

const refused = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SafetensorsError, String(error));
  assert.equal(error.code, 'bad-encoding');
  assert.match(error.message, /^tensor layers\.0\.A: /);
  assert.match(error.message, text);
  return true;
};

function decoding(name: WireEncodingName, bytes: Uint8Array, elements: number) {
  return () => wireEncodings[name].decodeRange(bytes, new Float32Array(elements), 'layers.0.A');
}

test('cut and overlong ranges are refused by name', () => {
  const values = Float32Array.from({ length: 70 }, (_, i) => i + 1);
  for (const name of names) {
    const bytes = wireEncodings[name].encodeRange(values, uniform);
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    for (const wrong of [bytes.subarray(0, -1), bytes.subarray(0, 3), new Uint8Array(0), longer]) {
      assert.throws(decoding(name, wrong, 70), refused(/bytes|count/));
    }
  }
});

test('scales that are none, and indices and counts that are none, are refused by name', () => {
  const scaled = (scale: number) => {
    const bytes = wireEncodings.int8.encodeRange(new Float32Array(65), uniform);
    new DataView(bytes.buffer).setFloat32(4, scale, true);
    return bytes;
  };
  for (const scale of [Number.NaN, Number.POSITIVE_INFINITY, -1, 3e38]) {
    assert.throws(decoding('int8', scaled(scale), 65), refused(/scale/));
  }
  assert.doesNotThrow(decoding('int8', scaled(0.5), 65));

  const sparse = (count: number, indices: number[]) => {
    const bytes = new Uint8Array(4 + 4 * indices.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, count, true);
    for (const [i, index] of indices.entries()) view.setUint16(4 + 2 * i, index, true);
    return bytes;
  };
  assert.doesNotThrow(decoding('top-k', sparse(2, [3, 9]), 10));
  assert.throws(decoding('top-k', sparse(11, [0]), 10), refused(/10 elements claims 11/));
  assert.throws(decoding('top-k', sparse(2 ** 32 - 1, [0]), 10), refused(/claims/));
  assert.throws(decoding('top-k', sparse(2, [3, 10]), 10), refused(/index is 10/));
  assert.throws(decoding('top-k', sparse(2, [3, 3]), 10), refused(/ascend/));
  assert.throws(decoding('top-k', sparse(2, [4, 3]), 10), refused(/ascend/));
});

test('any bytes decode to finite-sized results or are refused: nothing else is thrown', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.uint8Array({ maxLength: 400 }),
      fc.integer({ min: 1, max: 300 }),
      (name, bytes, elements) => {
        try {
          decoding(name, bytes, elements)();
        } catch (error) {
          assert.ok(error instanceof SafetensorsError, String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
