// Which values of a tensor are worth sending when only a share of them may be: the largest ones.
// Not here: how they are written (top-k.ts).
import { floatBits } from '../dtype.ts';

/**
 * A copy in which all but the ceil(keep * length) values of largest magnitude are zero; of equal ones the first win.
 * `keep` is above 0 and at most 1; O(length), by counting the upper halves of the magnitudes' bits.
 */
export function keepLargest(values: Float32Array, keep: number): Float32Array {
  const count = Math.min(Math.ceil(keep * values.length), values.length);
  const bits = floatBits(values);
  const { word, above } = threshold(bits, count);
  let ties = count - above;
  const kept = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude < word) continue;
    if (magnitude === word) {
      if (ties === 0) continue;
      ties -= 1;
    }
    kept[i] = values[i]!;
  }
  return kept;
}

/** The bits of the count-th largest magnitude, and how many are above it. Magnitudes are ordered as their bits are. */
function threshold(bits: Uint32Array, count: number): { word: number; above: number } {
  if (count === 0) return { word: 0, above: 0 };
  const uppers = new Uint32Array(0x8000);
  for (let i = 0; i < bits.length; i += 1) uppers[(bits[i]! & 0x7fffffff) >>> 16]! += 1;
  let upper = uppers.length - 1;
  let above = 0;
  while (above + uppers[upper]! < count) {
    above += uppers[upper]!;
    upper -= 1;
  }
  const within = bits.filter((word) => (word & 0x7fffffff) >>> 16 === upper).map((word) => word & 0x7fffffff);
  const word = within.sort()[within.length - (count - above)]!;
  return { word, above: above + within.length - upperBound(within, word) };
}

/** How many of the ascending words are at most `word`. */
function upperBound(words: Uint32Array, word: number): number {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (words[middle]! <= word) low = middle + 1;
    else high = middle;
  }
  return low;
}
