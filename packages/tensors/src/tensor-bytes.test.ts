import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatsFromBytes, reverseElements, writeFloats } from './tensor-bytes.ts';

test('values are little-endian in the file', () => {
  const bytes = new Uint8Array(4);
  writeFloats('F32', Float32Array.of(1), bytes);
  assert.deepEqual(bytes, Uint8Array.of(0, 0, 0x80, 0x3f));
  writeFloats('BF16', Float32Array.of(1, -2), bytes);
  assert.deepEqual(bytes, Uint8Array.of(0x80, 0x3f, 0, 0xc0));
  writeFloats('F16', Float32Array.of(1, -2), bytes);
  assert.deepEqual(bytes, Uint8Array.of(0, 0x3c, 0, 0xc0));
});

test('pooled Buffers are copied, not shared', () => {
  const pooled = Buffer.from([9, 0, 0, 0x80, 0x3f]).subarray(1);
  const values = floatsFromBytes('F32', pooled);
  pooled.fill(0);
  assert.deepEqual(values, Float32Array.of(1));
});

test('elements are turned round for big-endian machines', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  reverseElements(bytes, 4);
  assert.deepEqual(bytes, Uint8Array.of(4, 3, 2, 1, 8, 7, 6, 5));
  reverseElements(bytes, 2);
  assert.deepEqual(bytes, Uint8Array.of(3, 4, 1, 2, 7, 8, 5, 6));
});
