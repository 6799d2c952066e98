import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { kernelsModule } from '../kernels/build.ts';
import { closeKernels, openKernels, roundUp } from './kernels.ts';
import { sumOfSquares } from './sum-of-squares.ts';

test('the committed module is what its source gives', async () => {
  assert.equal(readFileSync(new URL('kernels-module.ts', import.meta.url), 'utf8'), await kernelsModule());
});

const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 300 });

test('squares of floats are summed in float64, also after a longer array and past the size of one pass', () => {
  const close = (data: Float32Array) => {
    const expected = data.reduce((sum, value) => sum + value * value, 0);
    assert.ok(Math.abs(sumOfSquares(data) - expected) <= 1e-12 * expected);
  };
  fc.assert(fc.property(values, (some) => close(Float32Array.from(some))));
  close(Float32Array.from({ length: 150_003 }, (_, i) => Math.sin(i)));
});

test('one value that is no number is seen wherever it stands', () => {
  for (const wrong of [Number.NaN, Infinity, -Infinity]) {
    for (const at of [0, 1, 2, 3, 4, 65_535, 65_536, 65_538]) {
      const data = new Float32Array(65_539).fill(3e38);
      assert.ok(Number.isFinite(sumOfSquares(data)));
      data[at] = wrong;
      assert.ok(!Number.isFinite(sumOfSquares(data)), `${wrong} at ${at}`);
    }
  }
});

test('a scaled row is added as float64 arithmetic would, bit for bit, and nothing beside it', () => {
  fc.assert(
    fc.property(values, fc.double({ noNaN: true, min: -1e6, max: 1e6 }), (row, coefficient) => {
      const count = roundUp(row.length, 4);
      const kernels = openKernels(8192);
      const rows = new Float32Array(kernels.memory.buffer, 0, count);
      rows.set(row);
      const sums = new Float64Array(kernels.memory.buffer, 4096, count + 1).fill(0.1);
      kernels.addScaled(4096, 0, count, coefficient);
      for (const [i, value] of rows.entries()) assert.equal(sums[i], 0.1 + coefficient * value);
      assert.equal(sums[count], 0.1);
      closeKernels(kernels);
    }),
  );
});

test('who gives them back makes room for the next, of any size', () => {
  const first = openKernels(100);
  const second = openKernels(100);
  assert.notEqual(first, second);
  closeKernels(first);
  const third = openKernels(1_000_000);
  assert.equal(third, first);
  assert.ok(third.memory.buffer.byteLength >= 1_000_000);
  closeKernels(second);
  closeKernels(third);
});
