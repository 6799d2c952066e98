// A link's QR code is read back as the link, by a decoder that sees pixels only; and the smallest code is the one that the standard prints.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qrPath } from './qr-path.ts';
import { readQr } from './testing-qr.ts';

test('links of any length are read as they were written', () => {
  for (const group of ['reviews', 'ä'.repeat(60), '評価'])
    for (const host of ['http://127.0.0.1:7070', `https://${'a'.repeat(60)}.example.org`]) {
      const link = `${host}/join/${encodeURIComponent(group)}#colora_i_${'0b1c2d3e-'.repeat(4)}.t6x1z0.${'aB3_-'.repeat(8)}xyz`;
      assert.equal(readQr(qrPath(link)), link);
    }
});

test('finder patterns stand in three corners within the quiet zone', () => {
  const { size, path } = qrPath('A');
  assert.equal(size, 21 + 2 * 4);
  for (const corner of ['M4 4h7', 'M18 4h7', 'M4 18h7']) assert.ok(path.includes(corner), corner);
  assert.ok(!path.includes('M18 18h7'));
});
