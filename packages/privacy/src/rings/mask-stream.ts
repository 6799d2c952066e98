// Masks as long as a contribution out of 32 bytes: AES-256 in counter mode over zeros (NIST SP 800-38A), read as elements of a
// ring, little end first. Element e is at bytes [e b, e b + b), so any piece of a mask is made without what lies before it.
import { type Cipher, createCipheriv, hkdfSync } from 'node:crypto';
import { giveBack } from './give-back.ts';
import { ringBytes } from './ring.ts';
import type { RingSum } from './ring-sum.ts';

const blockBytes = 16;
/** Made at once: larger pieces leave the processor's caches. */
const pieceBytes = 196_608;
const zeros = new Uint8Array(pieceBytes + blockBytes);

export interface Mask {
  /** Adds `sign` times the mask's elements from number `from` on, as many as the sum has. */
  addTo(sum: RingSum, from: number, sign: 1 | -1): void;
}

/** `seed`: 32 bytes for this mask alone; its cipher's key is HKDF-SHA256 (RFC 5869) of it. */
export function openMask(seed: Uint8Array): Mask {
  const key = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'colora mask stream v1', 32));
  let cipher: Cipher | undefined;
  let next = 0; // the byte that it makes next: pieces are nearly always asked for one after the other
  return {
    addTo(sum, from, sign) {
      const size = ringBytes(sum.ring);
      const atOnce = pieceBytes / size;
      if (cipher === undefined || next !== from * size) cipher = openAt(key, from * size);
      next = from * size;
      for (let at = 0; at < sum.length; at += atOnce) {
        const piece = cipher.update(zeros.subarray(0, Math.min(atOnce, sum.length - at) * size));
        next += piece.length;
        sum.addFrom(at, piece, sign);
        giveBack(piece);
      }
    },
  };
}

function openAt(key: Uint8Array, byte: number): Cipher {
  const skipped = byte % blockBytes;
  const cipher = createCipheriv('aes-256-ctr', key, counterOf((byte - skipped) / blockBytes));
  cipher.update(zeros.subarray(0, skipped));
  return cipher;
}

/** Of a block, big end first. */
function counterOf(block: number): Uint8Array {
  const counter = Buffer.alloc(blockBytes);
  counter.writeBigUInt64BE(BigInt(block), 8);
  return counter;
}
