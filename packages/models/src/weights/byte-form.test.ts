import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteForm, toUnsigned } from './byte-form.ts';

test('signed bytes only where their products are exact', () => {
  assert.equal(byteForm('arm64', null), 'signed');
  assert.equal(byteForm('x64', 'flags : fpu avx2 avx512_vnni'), 'signed');
  assert.equal(byteForm('x64', 'flags : avx2 avx_vnni f16c'), 'signed');
  assert.equal(byteForm('x64', 'flags : fpu avx2 avx512f'), 'unsigned');
  assert.equal(byteForm('x64', null), 'unsigned');
});

test('unsigned bytes are 128 more', () => {
  assert.deepEqual([...toUnsigned(Int8Array.of(-127, -1, 0, 1, 127))], [1, 127, 128, 129, 255]);
});
