import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { MaskingError } from '../masking-error.ts';
import { openAgreementKey } from './key-agreement.ts';
import { openSealed, sealShares } from './sealing.ts';

const [alice, bob, eve] = [1, 2, 3].map((byte) => openAgreementKey(new Uint8Array(32).fill(byte)));
const passage = { roster: 'ab'.repeat(32), from: 4, to: 7 };
const shares = { key: new Uint8Array(33).fill(1), self: new Uint8Array(33).fill(2) };
const sealed = sealShares(shares, passage, { own: alice!, other: bob!.publicKey }, randomBytes);

test('its receiver opens what was sealed, which has the length that the wire’s form names', () => {
  assert.equal(sealed.length, 128);
  assert.deepEqual(openSealed(sealed, passage, { own: bob!, other: alice!.publicKey }), shares);
});

test('nobody else does, for no other round, in no other direction, and not when a bit of it is another', () => {
  const refused = (text: string, at = passage, own = bob!, other = alice!) =>
    assert.throws(() => openSealed(text, at, { own, other: other.publicKey }), MaskingError);
  refused(sealed, passage, eve!);
  refused(sealed, passage, bob!, eve!);
  refused(sealed, { ...passage, roster: 'cd'.repeat(32) });
  refused(sealed, { ...passage, from: 7, to: 4 });
  refused(sealed, { ...passage, to: 8 });
  refused(sealed.slice(4));
  refused('');
  const bytes = Buffer.from(sealed, 'base64');
  for (let at = 0; at < bytes.length; at += 1) {
    const other = Buffer.from(bytes);
    other[at] = other[at]! ^ 1;
    refused(other.toString('base64'));
  }
});
