// For tests: one row or one mask added to words that lie anywhere. No tests here.
import type { Ring } from '@colora/protocol/masking/masking-ring';
import type { Mask } from './mask-stream.ts';
import { openRingSum } from './ring-sum.ts';

export function addRing(words: Int32Array, bytes: Uint8Array, ring: Ring, sign: 1 | -1): void {
  const sum = openRingSum(words, ring);
  try {
    sum.add(bytes, sign);
  } finally {
    sum.close();
  }
}

export function addMask(words: Int32Array, mask: Mask, from: number, ring: Ring, sign: 1 | -1): void {
  const sum = openRingSum(words, ring);
  mask.addTo(sum, from, sign);
  sum.close();
}
