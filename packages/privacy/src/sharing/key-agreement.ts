// X25519 (RFC 7748) between two members: key pairs as 32 bytes each, and what a pair of them agrees on, by HKDF-SHA256 (RFC 5869).
import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto';
import { MaskingError } from '../masking-error.ts';

/** What stands before a private key's 32 bytes in PKCS #8 (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

export interface AgreementKey {
  /** 32 bytes in hex. */
  readonly publicKey: string;
  /** 32 bytes that the holders of the two private keys alone know, another for each `purpose`. Throws MaskingError 'bad-roster'. */
  agree(otherPublicKey: string, purpose: string): Uint8Array;
}

/** `privateKey`: any 32 bytes. */
export function openAgreementKey(privateKey: Uint8Array): AgreementKey {
  const der = Buffer.concat([privatePrefix, privateKey]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    publicKey: Buffer.from(x, 'base64url').toString('hex'),
    agree: (other, purpose) =>
      new Uint8Array(hkdfSync('sha256', shared(key, other), new Uint8Array(0), purpose, 32)),
  };
}

function shared(privateKey: KeyObject, other: string): Buffer {
  const x = Buffer.from(other, 'hex').toString('base64url');
  try {
    // as a JWK (RFC 8037): OpenSSL takes longer to find out what a DER is of than to agree
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
    return diffieHellman({ privateKey, publicKey });
  } catch {
    // of small order: whatever is agreed on with it, everybody knows (RFC 7748, section 6.1)
    throw new MaskingError('bad-roster', `${other} is a key that nothing secret can be agreed on with`);
  }
}
