// Ed25519 (RFC 8032) by node:crypto: private keys, and signatures under texts of signed forms. A private key leaves this file only
// as what `makePrivateKey` returns, for whoever keeps it; no error, log or JSON of a signer holds it.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { hexSchema, needsPrivateKey } from './public-key.ts';

/** R and S of RFC 8032, one spelling for one signature. */
export const signatureSchema = hexSchema(64);

/** What carries the signature of a contribution on its way: in hex. */
export const signatureHeader = 'colora-signature';

/** Who holds a private key. */
export interface Signer {
  /** 32 bytes in hex. */
  readonly publicKey: string;
  /** A signature in hex, always the same for the same text, which is one that a signed form wrote. */
  sign(text: string): string;
}

/** A new private key: PKCS #8 in base64. A secret. */
export function makePrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

/** Null where `privateKey` is not one that `makePrivateKey` made. */
export function openSigner(privateKey: string): Signer | null {
  const key = privateKeyIn(privateKey);
  if (key === null) return null;
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url').toString('hex');
  return { publicKey, sign: (text) => sign(null, Buffer.from(text), key).toString('hex') };
}

function privateKeyIn(text: string): KeyObject | null {
  try {
    const key = createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null; // what it says of a secret is kept to itself
  }
}

/** Did the holder of `publicKey` sign `text`? False for keys and signatures that are none. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  if (!signatureSchema.safeParse(signature).success || !needsPrivateKey(publicKey)) return false;
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'hex'));
}
