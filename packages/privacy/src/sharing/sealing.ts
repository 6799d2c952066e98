// Two Shamir shares on their way from one member to another through the coordinator, who can't read them: AES-256-GCM (NIST SP
// 800-38D), its key agreed on by the two sealing keys for this roster and this direction alone, all three bound as further data.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { MaskingError } from '../masking-error.ts';
import type { AgreementKey } from './key-agreement.ts';
import { elementBytes } from './prime-field.ts';

/** Of one member's secrets, for one neighbour: 33 bytes each. */
export interface SharePair {
  /** Of her masking key. */
  readonly key: Uint8Array;
  /** Of her self mask's seed. */
  readonly self: Uint8Array;
}

/** On which way it is: two numbers in the roster with this hash. */
export interface Passage {
  readonly roster: string;
  readonly from: number;
  readonly to: number;
}

const cipherName = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const sealedBytes = nonceBytes + 2 * elementBytes + tagBytes;

const purposeOf = ({ roster, from, to }: Passage) => `colora sealed shares v1\n${roster}\n${from}\n${to}`;

/** In base64: nonce, sealed shares, tag. `other`: the receiver's sealing key; `random` gives so many bytes that never come again. */
export function sealShares(
  { key, self }: SharePair,
  passage: Passage,
  { own, other }: { readonly own: AgreementKey; readonly other: string },
  random: (bytes: number) => Uint8Array,
): string {
  const purpose = purposeOf(passage);
  const nonce = random(nonceBytes);
  const cipher = createCipheriv(cipherName, own.agree(other, purpose), nonce);
  cipher.setAAD(Buffer.from(purpose));
  const sealed = [nonce, cipher.update(key), cipher.update(self), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString('base64');
}

/** `other`: the sender's sealing key. Throws MaskingError 'bad-share' where it isn't what she sealed for this passage. */
export function openSealed(
  sealed: string,
  passage: Passage,
  { own, other }: { readonly own: AgreementKey; readonly other: string },
): SharePair {
  const bytes = Buffer.from(sealed, 'base64');
  const purpose = purposeOf(passage);
  try {
    if (bytes.length !== sealedBytes) throw new Error('too short');
    const nonce = bytes.subarray(0, nonceBytes);
    const decipher = createDecipheriv(cipherName, own.agree(other, purpose), nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    const plain = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return {
      key: new Uint8Array(plain.subarray(0, elementBytes)),
      self: new Uint8Array(plain.subarray(elementBytes)),
    };
  } catch {
    throw new MaskingError('bad-share', `what came from member ${passage.from} doesn’t open`);
  }
}
