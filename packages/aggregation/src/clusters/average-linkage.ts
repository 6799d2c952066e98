// Average linkage with a threshold that follows from chance: two clusters merge while the mean cosine of their members' pairs
// is more than strangers' would be. Clusters of clients whose updates disagree: Sattler et al. 2020 (arXiv 1910.01991).
// Not here: what a cluster is called, and who was in which before (regroup.ts).
import type { Likeness } from './likeness.ts';

/**
 * Cosine of probes above which two are taken for alike, were it known exactly. Of one member or two beside six or more less: labels
 * of which some are wrong shorten a cosine, and where so many are alike they are more likely of them than not (docs/decisions.md).
 */
const alike = 0.04;
const alikeFew = 0.02;
const isFewBesideMany = (some: number, others: number) =>
  Math.min(some, others) < 3 && Math.max(some, others) >= 6;
/** What chance makes of the cosine of two strangers: its standard deviation, measured with 2 to 6 labels (its mean is 0). */
const chance = 0.08;

/** The evidence of some pairs of members: the sum of their cosines and how many have one. */
export interface Pairs {
  readonly sum: number;
  readonly count: number;
}

/**
 * mean - threshold, where the threshold is `deviations` standard errors above 0.04, or above 0.02 of few beside many; -infinity
 * without any pair. `sizes`: members on either side.
 */
export function marginOf(
  { sum, count }: Pairs,
  deviations: number,
  [some, others]: readonly [number, number],
): number {
  if (count === 0) return Number.NEGATIVE_INFINITY;
  const least = isFewBesideMany(some, others) ? alikeFew : alike;
  return sum / count - least - (deviations * chance) / Math.sqrt(count);
}

/** Of the pairs with one member in each; those that have no cosine don't count. */
export function pairsBetween(likeness: Likeness, some: readonly number[], others: readonly number[]): Pairs {
  let sum = 0;
  let count = 0;
  for (const i of some) {
    for (const j of others) {
      const cosine = likeness.between(i, j);
      if (Number.isNaN(cosine)) continue;
      sum += cosine;
      count += 1;
    }
  }
  return { sum, count };
}

/** Standard errors by which the mean without bridges may be lower: the members that are most alike are left out of it. */
const allowance = 1;

/** Of so many members on one side, how many may be all that two clusters have in common. */
function bridgesAmong(members: number): number {
  return members < 3 ? 0 : Math.max(1, Math.floor(members / 4));
}

/**
 * The pairs without those members of either side who are most like the other one: what is left is evidence that nobody
 * made who stands between two clusters, by chance or by a probe that was made for it.
 */
export function pairsWithoutBridges(
  likeness: Likeness,
  some: readonly number[],
  others: readonly number[],
): Pairs {
  return pairsBetween(
    likeness,
    withoutBridges(likeness, some, others),
    withoutBridges(likeness, others, some),
  );
}

function withoutBridges(likeness: Likeness, some: readonly number[], others: readonly number[]): number[] {
  const meanOf = (member: number) => {
    const { sum, count } = pairsBetween(likeness, [member], others);
    return count === 0 ? Number.NEGATIVE_INFINITY : sum / count;
  };
  const means = new Map(some.map((member) => [member, meanOf(member)]));
  const leastFirst = [...some].sort((a, b) => means.get(a)! - means.get(b)! || a - b);
  return leastFirst.slice(0, some.length - bridgesAmong(some.length));
}

/**
 * Merges units (lists of members, disjoint) until no two have a margin of 0 or more, with all of their members and without
 * those who may be bridges; those with the largest margin merge first, of equal ones the earlier units. `deviations(a, b)`:
 * how far above chance the mean of these two units (by their places in the list) has to be, also once they are parts of larger ones, where the strictest of the parts' pairs counts. Returns lists
 * of places. Time grows with the square of the number of units but for unlucky cases, memory too: of 1000 units a third of a
 * second and 20 MB.
 */
export function mergeAlike(
  units: readonly (readonly number[])[],
  likeness: Likeness,
  deviations: (a: number, b: number) => number,
): number[][] {
  const count = units.length;
  const sums = new Float64Array(count * count);
  const counts = new Uint32Array(count * count);
  const strictness = new Float64Array(count * count);
  /** 1: held together by bridges alone, as long as neither grows. */
  const bridged = new Uint8Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const pairs = pairsBetween(likeness, units[i]!, units[j]!);
      for (const at of [i * count + j, j * count + i]) {
        sums[at] = pairs.sum;
        counts[at] = pairs.count;
        strictness[at] = deviations(i, j);
      }
    }
  }
  const merged: (number[] | null)[] = units.map((_, place) => [place]);
  const sizes = units.map(({ length }) => length);
  const margin = (i: number, j: number) => {
    const at = i * count + j;
    if (bridged[at] === 1) return Number.NEGATIVE_INFINITY;
    return marginOf({ sum: sums[at]!, count: counts[at]! }, strictness[at]!, [sizes[i]!, sizes[j]!]);
  };
  /** Of each live unit, the earlier one that it fits best, and how well. */
  const best = merged.map((_, i) => bestBefore(i, merged, margin));
  for (;;) {
    const from = bestOf(best, merged);
    if (from === -1 || best[from]!.margin < 0) break;
    const into = best[from]!.partner;
    const membersOf = (unit: number) => merged[unit]!.flatMap((place) => units[place]!);
    const without = pairsWithoutBridges(likeness, membersOf(into), membersOf(from));
    const both = [sizes[from]!, sizes[into]!] as const;
    if (marginOf(without, strictness[from * count + into]! - allowance, both) < 0) {
      bridged[from * count + into] = 1;
      bridged[into * count + from] = 1;
      best[from] = bestBefore(from, merged, margin);
      continue;
    }
    merged[into] = [...merged[into]!, ...merged[from]!];
    sizes[into]! += sizes[from]!;
    merged[from] = null;
    for (let other = 0; other < count; other += 1) {
      if (merged[other] === null || other === into) continue;
      const [there, here] = [into * count + other, from * count + other];
      for (const at of [there, other * count + into]) {
        sums[at] = sums[there]! + (at === there ? sums[here]! : 0);
        counts[at] = counts[there]! + (at === there ? counts[here]! : 0);
        strictness[at] = Math.max(strictness[there]!, strictness[here]!);
        bridged[at] = 0;
      }
    }
    for (let i = 0; i < count; i += 1) {
      if (merged[i] === null) continue;
      const stale = i === into || best[i]!.partner === into || best[i]!.partner === from;
      if (stale) best[i] = bestBefore(i, merged, margin);
      else if (i > into && margin(i, into) > best[i]!.margin)
        best[i] = { partner: into, margin: margin(i, into) };
    }
  }
  return merged.filter((places) => places !== null);
}

interface Best {
  readonly partner: number;
  readonly margin: number;
}

function bestBefore(
  i: number,
  merged: readonly (number[] | null)[],
  margin: (i: number, j: number) => number,
): Best {
  let best: Best = { partner: -1, margin: Number.NEGATIVE_INFINITY };
  for (let j = 0; j < i; j += 1) {
    if (merged[j] === null) continue;
    const here = margin(i, j);
    if (here > best.margin) best = { partner: j, margin: here };
  }
  return best;
}

function bestOf(best: readonly Best[], merged: readonly (number[] | null)[]): number {
  let found = -1;
  for (let i = 0; i < best.length; i += 1) {
    if (merged[i] !== null && (found === -1 || best[i]!.margin > best[found]!.margin)) found = i;
  }
  return found;
}
