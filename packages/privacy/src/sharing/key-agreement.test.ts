import assert from 'node:assert/strict';
import { hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { MaskingError } from '../masking-error.ts';
import { openAgreementKey } from './key-agreement.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

test('Bob’s keys and the secret of RFC 7748, section 6.1', () => {
  const bob = openAgreementKey(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  const alice = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a';
  const shared = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  assert.equal(bob.publicKey, 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const agreed = new Uint8Array(hkdfSync('sha256', shared, Buffer.alloc(0), 'a purpose', 32));
  assert.deepEqual(bob.agree(alice, 'a purpose'), agreed);
  assert.notDeepEqual(bob.agree(alice, 'another purpose'), agreed);
});

test('a key of small order is refused: everybody would know what is agreed on', () => {
  const own = openAgreementKey(new Uint8Array(32).fill(7));
  for (const order of ['00'.repeat(32), `01${'00'.repeat(31)}`])
    assert.throws(() => own.agree(order, 'a purpose'), MaskingError);
});
