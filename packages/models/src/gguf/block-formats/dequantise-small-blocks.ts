// ggml's quantised blocks of 32: a scale d (and a minimum m) in half precision, then the integers q.
// x = d (q - offset) or x = d q + m; q's low four bits lie as nibbles, the first 16 elements in the low halves.
// Products and sums are exact in a double, so that storing them rounds once, as float32 arithmetic does.
import { halfReader } from './half-values.ts';

const size = 32;
const half = size / 2;

/** Block: d, 16 bytes of nibbles. */
export function dequantiseQ4x0(blocks: Uint8Array, values: Float32Array): void {
  const scale = halfReader(blocks);
  for (let block = 0, at = 0; at < values.length; block += 18, at += size) {
    const d = scale(block);
    for (let i = 0; i < half; i += 1) {
      const pair = blocks[block + 2 + i]!;
      values[at + i] = d * ((pair & 15) - 8);
      values[at + half + i] = d * ((pair >> 4) - 8);
    }
  }
}

/** Block: d, m, 16 bytes of nibbles. */
export function dequantiseQ4x1(blocks: Uint8Array, values: Float32Array): void {
  const scale = halfReader(blocks);
  for (let block = 0, at = 0; at < values.length; block += 20, at += size) {
    const d = scale(block);
    const m = scale(block + 2);
    for (let i = 0; i < half; i += 1) {
      const pair = blocks[block + 4 + i]!;
      values[at + i] = d * (pair & 15) + m;
      values[at + half + i] = d * (pair >> 4) + m;
    }
  }
}

/** Block: d, the fifth bits of all 32 as four bytes, 16 bytes of nibbles. */
export function dequantiseQ5x0(blocks: Uint8Array, values: Float32Array): void {
  const scale = halfReader(blocks);
  for (let block = 0, at = 0; at < values.length; block += 22, at += size) {
    const d = scale(block);
    for (let i = 0; i < half; i += 1) {
      const pair = blocks[block + 6 + i]!;
      values[at + i] = d * (((pair & 15) | fifthBit(blocks, block + 2, i)) - 16);
      values[at + half + i] = d * (((pair >> 4) | fifthBit(blocks, block + 2, half + i)) - 16);
    }
  }
}

/** Block: d, m, the fifth bits of all 32 as four bytes, 16 bytes of nibbles. */
export function dequantiseQ5x1(blocks: Uint8Array, values: Float32Array): void {
  const scale = halfReader(blocks);
  for (let block = 0, at = 0; at < values.length; block += 24, at += size) {
    const d = scale(block);
    const m = scale(block + 2);
    for (let i = 0; i < half; i += 1) {
      const pair = blocks[block + 8 + i]!;
      values[at + i] = d * ((pair & 15) | fifthBit(blocks, block + 4, i)) + m;
      values[at + half + i] = d * ((pair >> 4) | fifthBit(blocks, block + 4, half + i)) + m;
    }
  }
}

function fifthBit(blocks: Uint8Array, bits: number, element: number): number {
  return ((blocks[bits + (element >> 3)]! >> (element & 7)) & 1) << 4;
}

/** Block: d, 32 signed bytes. */
export function dequantiseQ8x0(blocks: Uint8Array, values: Float32Array): void {
  const scale = halfReader(blocks);
  for (let block = 0, at = 0; at < values.length; block += 34, at += size) {
    const d = scale(block);
    for (let i = 0; i < size; i += 1) values[at + i] = d * signed(blocks[block + 2 + i]!);
  }
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}
