// ggml's "K" blocks of 256: half-precision scales of the whole block and small integer scales of its parts.
// Q4_K: x = (d s) q - (dmin t), 8 parts of 32. Q6_K: x = (d s) (q - 32), 16 parts of 16.
import { halfReader } from './half-values.ts';

const size = 256;

/** Block: d, dmin, 12 bytes of 6-bit s and t, 128 bytes of nibbles (32 bytes hold two parts of 32). */
export function dequantiseQ4K(blocks: Uint8Array, values: Float32Array): void {
  const scale = halfReader(blocks);
  for (let block = 0, at = 0; at < values.length; block += 144, at += size) {
    const d = scale(block);
    const dmin = scale(block + 2);
    for (let part = 0; part < 8; part += 1) {
      const [s, t] = partScales(blocks, block + 4, part);
      const nibbles = block + 16 + 32 * (part >> 1);
      const shift = 4 * (part & 1);
      const start = at + 32 * part;
      for (let i = 0; i < 32; i += 1) {
        values[start + i] = d * s * ((blocks[nibbles + i]! >> shift) & 15) - dmin * t;
      }
    }
  }
}

/**
 * The scale s and the minimum's scale t of a part. Parts 0 to 3 have theirs in the low six bits of bytes 0-3 and 4-7;
 * parts 4 to 7 have four bits in bytes 8-11 and two in the high ends of the former.
 */
function partScales(blocks: Uint8Array, packed: number, part: number): [number, number] {
  const lane = packed + (part & 3);
  const first = blocks[lane]!;
  const second = blocks[lane + 4]!;
  if (part < 4) return [first & 63, second & 63];
  const third = blocks[lane + 8]!;
  return [(third & 15) | ((first >> 2) & 48), (third >> 4) | ((second >> 2) & 48)];
}

/** Block: 128 bytes of low nibbles, 64 of high bit pairs, 16 signed scales s, d. Halves of 128 lie one by one. */
export function dequantiseQ6K(blocks: Uint8Array, values: Float32Array): void {
  const scale = halfReader(blocks);
  for (let block = 0, at = 0; at < values.length; block += 210, at += size) {
    const d = scale(block + 208);
    for (let row = 0; row < 8; row += 1) {
      // Rows of 32: the low nibbles of 64 bytes, then the high ones; four bit pairs a byte.
      const low = block + 64 * (row >> 2) + 32 * (row & 1);
      const lowShift = row & 2 ? 4 : 0;
      const high = block + 128 + 32 * (row >> 2);
      const highShift = 2 * (row & 3);
      for (let i = 0; i < 32; i += 1) {
        const s = (blocks[block + 192 + 2 * row + (i >> 4)]! << 24) >> 24;
        const q = ((blocks[low + i]! >> lowShift) & 15) | (((blocks[high + i]! >> highShift) & 3) << 4);
        values[at + 32 * row + i] = d * s * (q - 32);
      }
    }
  }
}
