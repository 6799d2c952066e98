import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bf16ToF16, bytesPerElement, dtypes, fromBf16, fromF16, isDType, toBf16, toF16 } from './dtype.ts';

const allHalves = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

test('every half survives the way to float32 and back', () => {
  for (const [from, to, infinity] of [
    [fromF16, toF16, 0x7c00],
    [fromBf16, toBf16, 0x7f80],
  ] as const) {
    const values = from(allHalves);
    const back = to(values);
    for (const half of allHalves) {
      if ((half & 0x7fff) > infinity)
        assert.ok(Number.isNaN(values[half]) && (back[half]! & 0x7fff) > infinity);
      else assert.equal(back[half], half);
    }
  }
});

test('known values: IEEE 754 binary16 and bfloat16', () => {
  const f16: [number, number][] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000], // a tie, to even
    [2 ** -25 * (1 + 2 ** -23), 0x0001], // just past it
    [3 * 2 ** -25, 0x0002], // a tie, to even
    [1e-45, 0],
    [1 + 2 ** -11, 0x3c00], // a tie, to even
    [1 + 3 * 2 ** -11, 0x3c02], // a tie, to even
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [3.4e38, 0x7c00],
  ];
  for (const [value, half] of f16) assert.equal(toF16(Float32Array.of(value))[0], half, `${value}`);
  const bf16: [number, number][] = [
    [1, 0x3f80],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [3.4028234663852886e38, 0x7f80], // rounds up to infinity
    [-0, 0x8000],
  ];
  for (const [value, half] of bf16) assert.equal(toBf16(Float32Array.of(value))[0], half, `${value}`);
});

test('rounding takes the nearest half, the even one in a tie', () => {
  fc.assert(
    fc.property(
      fc.float({ noNaN: true, noDefaultInfinity: true, min: -60_000, max: 60_000 }),
      fc.constantFrom([fromF16, toF16] as const, [fromBf16, toBf16] as const),
      (value, [from, to]) => {
        const half = to(Float32Array.of(value))[0]!;
        const neighbours = (half & 0x7fff) === 0 ? [0x0001, 0x8001] : [half + 1, half - 1];
        const [got, above, below] = from(Uint16Array.of(half, ...neighbours));
        const distance = Math.abs(got! - value);
        for (const other of [above!, below!]) {
          const otherDistance = Math.abs(other - value);
          assert.ok(distance < otherDistance || (distance === otherDistance && half % 2 === 0));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('views into the middle of a buffer are converted as they stand', () => {
  const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  assert.deepEqual(fromF16(toF16(values)), Float32Array.of(1, 2));
  assert.deepEqual(fromBf16(toBf16(values)), Float32Array.of(1, 2));
});

test('formats are known by name, inherited names are none', () => {
  assert.equal(bytesPerElement('BF16'), 2);
  assert.equal(bytesPerElement('F6_E2M3'), 0.75);
  assert.ok(dtypes.every(isDType));
  for (const name of ['f32', 'toString', '', 3, null]) assert.ok(!isDType(name));
});

test('bfloat16 becomes binary16 where it lies: what both hold stays the same, and what binary16 does not hold is said', () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, half) => half);
  for (const half of all) {
    const value = fromBf16(Uint16Array.of(half))[0]!;
    const made = Uint16Array.of(half);
    const held = bf16ToF16(made);
    assert.equal(held, !(Number.isFinite(value) && Math.abs(value) >= 65520), `${value}`);
    if (held) assert.deepEqual(made, toF16(Float32Array.of(value)), `${value}`);
    if (held && Math.abs(value) >= 2 ** -14) assert.deepEqual(fromF16(made), Float32Array.of(value));
  }
});
