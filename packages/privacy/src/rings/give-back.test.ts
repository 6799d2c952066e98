import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { giveBack } from './give-back.ts';

test('what a cipher made is given back: nothing of it is left to the collector, however often', () => {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
  for (let at = 0; at < 3; at += 1) {
    const made = cipher.update(new Uint8Array(65_536));
    assert.equal(made.length, 65_536);
    giveBack(made);
    assert.equal(made.buffer.byteLength, 0);
  }
});
