// Members of a masked round for tests: keys made of their places, the same for ever, and the roster that they signed.
import { createHash } from 'node:crypto';
import { maskingKeyForm, rosterForm, vouchForm } from '@colora/protocol/masking/masking-forms';
import { openSigner, type Signer } from '@colora/protocol/proofs/signatures';
import { openAgreementKey } from '../sharing/key-agreement.ts';

export const testGroup = { group: 'masked', groupCreatedAt: '2026-01-01T00:00:00.000Z' };

/** 32 bytes out of a text. */
export const bytesOf = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());

export function testSigner(name: string): Signer {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex'); // PKCS #8 of Ed25519 (RFC 8410)
  return openSigner(Buffer.concat([prefix, bytesOf(`signing ${name}`)]).toString('base64'))!;
}

export interface TestMember {
  readonly signer: Signer;
  readonly sealingKey: Uint8Array;
  readonly maskingKey: Uint8Array;
  readonly selfMask: Uint8Array;
  readonly index: number;
}

/** In the order of their signing keys: the place in the list is the number in the roster. */
export function testMembers(count: number, index = 0): TestMember[] {
  const members = Array.from({ length: count }, (_, at) => ({
    signer: testSigner(String(at)),
    sealingKey: bytesOf(`sealing ${at}`),
    maskingKey: bytesOf(`masking ${at} ${index}`),
    selfMask: bytesOf(`self ${at} ${index}`),
    index,
  }));
  return members.sort((one, other) => (one.signer.publicKey < other.signer.publicKey ? -1 : 1));
}

export function rowOf({ signer, sealingKey, maskingKey, index }: TestMember, voucher: Signer | null = null) {
  const key = signer.publicKey;
  const keys = {
    maskingKey: openAgreementKey(maskingKey).publicKey,
    sealingKey: openAgreementKey(sealingKey).publicKey,
  };
  const signature = signer.sign(maskingKeyForm.write({ ...testGroup, key, index, ...keys }));
  const vouch = voucher === null ? null : voucher.sign(vouchForm.write({ ...testGroup, key }));
  return [key, index, keys.maskingKey, keys.sealingKey, signature, vouch] as const;
}

/** What everybody trains at. */
export const testGround = { checkpoint: 'c'.repeat(64), settings: '5'.repeat(64) };

export function rosterText(
  members: readonly (readonly [string, number, string, string, string, string | null])[],
  { round = 1, attempt = 1 } = {},
): string {
  return rosterForm.write({
    ...testGroup,
    round,
    attempt,
    version: 0,
    ...testGround,
    members: members.map(([...row]) => row),
  });
}
