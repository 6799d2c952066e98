// Many needles in one pass: the first bytes of each are in a table, and where a body has such bytes the needle is compared whole (Karp
// and Rabin's idea, with the bytes themselves for a hash). Pure.
import type { Needle } from './needles.ts';

export type FindNeedles = (hay: Uint8Array) => Needle[];

const prefix = 8;
const slots = 1 << 20;

/** The needles that stand in a body somewhere. */
export function needleFinder(needles: readonly Needle[]): FindNeedles {
  const short = needles.filter(({ bytes }) => bytes.byteLength < prefix && bytes.byteLength > 0);
  const long = needles.filter(({ bytes }) => bytes.byteLength >= prefix);
  const bySlot = new Map<number, Needle[]>();
  const isTaken = new Uint8Array(slots);
  for (const needle of long) {
    const slot = slotOf(needle.bytes, 0);
    isTaken[slot] = 1;
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), needle]);
  }
  return (hay) => {
    const view = Buffer.from(hay.buffer, hay.byteOffset, hay.byteLength);
    const found = new Set(short.filter(({ bytes }) => view.includes(Buffer.from(bytes))));
    for (let at = 0; at + prefix <= view.byteLength; at += 1) {
      const slot = slotOf(view, at);
      if (isTaken[slot] === 0) continue;
      for (const needle of bySlot.get(slot)!) {
        const { bytes } = needle;
        // near its end the body has less left than a needle that begins alike
        if (!found.has(needle) && view.subarray(at, at + bytes.byteLength).equals(bytes)) found.add(needle);
      }
    }
    return [...found];
  };
}

/** Of the eight bytes from `at` on; multiplication spreads them (Knuth's constant). */
function slotOf(bytes: Uint8Array, at: number): number {
  const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  const high = bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
  return (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> 12;
}
