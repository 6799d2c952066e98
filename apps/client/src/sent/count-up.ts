// Entries counted up by kind and destination: for the totals that people read, and for days that are long past. Pure.
import type { Counted, SentEntry, SentLines } from './sent-entry.ts';

/** In the order in which each kind left first. */
export function countUp({ entries, counted }: Pick<SentLines, 'entries' | 'counted'>): Counted[] {
  const sums = new Map<string, Counted>();
  for (const one of [...counted, ...entries.map(once)]) {
    const key = `${one.kind} ${one.to}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? one : together(sum, one));
  }
  return [...sums.values()].sort((one, other) => (one.first < other.first ? -1 : 1));
}

const once = ({ kind, to, bytes, at }: SentEntry): Counted => ({
  kind,
  to,
  times: 1,
  bytes,
  first: at,
  last: at,
});

const together = (one: Counted, other: Counted): Counted => ({
  ...one,
  times: one.times + other.times,
  bytes: one.bytes + other.bytes,
  first: one.first < other.first ? one.first : other.first,
  last: one.last > other.last ? one.last : other.last,
});
