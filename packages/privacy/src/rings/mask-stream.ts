// Masks as long as a contribution out of 32 bytes: AES-256 in counter mode over zeros (NIST SP 800-38A), read as elements of a
// ring, little end first. Element e is at bytes [e b, e b + b), so any piece of a mask is made without what lies before it.
import { createCipheriv, hkdfSync } from 'node:crypto';
import { ringBytes } from './ring.ts';
import type { RingSum } from './ring-sum.ts';

const blockBytes = 16;
/** Made at once: larger pieces leave the processor's caches. */
const pieceBytes = 98_304;
const zeros = new Uint8Array(pieceBytes + blockBytes);

export interface Mask {
  /** Adds `sign` times the mask's elements from number `from` on, as many as the sum has. */
  addTo(sum: RingSum, from: number, sign: 1 | -1): void;
}

/** `seed`: 32 bytes for this mask alone; its cipher's key is HKDF-SHA256 (RFC 5869) of it. */
export function openMask(seed: Uint8Array): Mask {
  const key = new Uint8Array(hkdfSync('sha256', seed, new Uint8Array(0), 'colora mask stream v1', 32));
  return {
    addTo(sum, from, sign) {
      const size = ringBytes(sum.ring);
      const atOnce = pieceBytes / size;
      const first = from * size;
      const skipped = first % blockBytes;
      const cipher = createCipheriv('aes-256-ctr', key, counterOf((first - skipped) / blockBytes));
      cipher.update(zeros.subarray(0, skipped));
      for (let at = 0; at < sum.length; at += atOnce) {
        const count = Math.min(atOnce, sum.length - at);
        sum.addFrom(at, cipher.update(zeros.subarray(0, count * size)), sign);
      }
    },
  };
}

/** Of a block, big end first. */
function counterOf(block: number): Uint8Array {
  const counter = Buffer.alloc(blockBytes);
  counter.writeBigUInt64BE(BigInt(block), 8);
  return counter;
}
