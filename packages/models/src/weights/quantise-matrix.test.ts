import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import { blockOf, byteBlocks, byteColumns, nibbleBlocks, transposed } from './quantise-matrix.ts';

function gaussian(count: number): Float32Array {
  const random = seededRandom('quantise');
  return Float32Array.from({ length: count }, () => random.gaussian());
}

test('bytes: no value is off by more than half a step of its column, and the largest uses the whole range', () => {
  const [rows, columns] = [50, 3];
  const values = gaussian(rows * columns).map((value, i) => (i % columns === 1 ? 100 * value : value));
  values.forEach((_, i) => {
    if (i % columns === 2) values[i] = 0; // a column of zeros
  });
  const { data, scales } = byteColumns(values, rows, columns);
  assert.equal(scales[2], 0);
  for (let column = 0; column < 2; column += 1) {
    const own = [...data].filter((_, i) => i % columns === column).map(Math.abs);
    assert.equal(Math.max(...own), 127);
  }
  values.forEach((value, i) => {
    const scale = scales[i % columns]!;
    assert.ok(Math.abs(value - data[i]! * scale) <= scale * 0.5001);
  });
});

test('nibbles: two a byte, the lower half first, each within a step; the extreme of a block is exact', () => {
  const [rows, columns, block] = [4, 96, 32];
  const values = gaussian(rows * columns);
  values.fill(0, 0, block);
  const { data, scales } = nibbleBlocks(values, rows, columns, block);
  assert.equal(data.length, (rows * columns) / 2);
  const read = values.map(
    (_, i) => (((data[i >> 1]! >> (4 * (i % 2))) & 15) - 8) * scales[Math.floor(i / block)]!,
  );
  for (let at = 0; at < scales.length; at += 1) {
    const own = values.subarray(at * block, (at + 1) * block);
    const most = own.reduce((top, value) => (Math.abs(value) > Math.abs(top) ? value : top), 0);
    assert.ok(Math.abs(read[at * block + own.indexOf(most)]! - most) <= 1e-6 * Math.abs(most));
  }
  values.forEach((value, i) => {
    const scale = Math.abs(scales[Math.floor(i / block)]!);
    // the far end of the range, +8 steps, has no nibble of its own
    assert.ok(Math.abs(value - read[i]!) <= scale * 1.0001);
  });
});

test('bytes in blocks: each within half a step of its own block, zeros stay zeros', () => {
  const block = 32;
  const values = gaussian(4 * 96).map((value, i) => value * 10 ** Math.floor(i / block));
  values.fill(0, 0, block);
  const { data, scales } = byteBlocks(values, block);
  values.forEach((value, i) => {
    const scale = scales[Math.floor(i / block)]!;
    assert.ok(Math.abs(value - (data[i]! - 128) * scale) <= scale * 0.5001);
  });
});

test('blocks are as long as the width allows', () => {
  assert.deepEqual([576, 96, 48, 40].map(blockOf), [64, 32, 16, undefined]);
});

test('transposed', () => {
  assert.deepEqual([...transposed(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)], [1, 4, 2, 5, 3, 6]);
});
