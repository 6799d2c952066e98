// Who belongs together in a group, once members have come or gone: newcomers find their clusters, and whoever has one leaves
// it only on clear evidence. Pure. Not here: where clusters are kept and what their rows start from (the coordinator's).
import { marginOf, mergeAlike, type Pairs, pairsBetween } from './average-linkage.ts';
import type { Likeness } from './likeness.ts';

/** A cluster as it is to be. */
export interface Regrouped {
  /** Its number; null for a new one. */
  readonly cluster: number | null;
  /** Of a new one, the cluster that most of its members were in; null where they were in none. */
  readonly parent: number | null;
  /** Places in the list of members, ascending. */
  readonly members: readonly number[];
}

/** Standard errors above marginOf's least cosine by which clusters merge that stand already. */
const standing = 3;

/**
 * And newcomers: 2 in a group of five or more, less in smaller ones, none of two. There is little to tell by, and more to lose by
 * parting those who are alike than by merging strangers, whom the guard keeps from harm (docs/decisions.md).
 */
function newcomerDeviations(members: number): number {
  return Math.min(2, ((members - 2) * 2) / 3);
}

/** Standard errors below it at which a part of a cluster is no longer taken for one of it. */
const leaving = 1;

/**
 * `clusterOf`: by member, its cluster so far or null; members in an order that doesn't change (when they joined), for of equal
 * choices the earlier is taken. `settled`: who has a cluster stays in it, as when only some of the group are looked at.
 * Standing clusters come first, by number. Nobody is lost: every member is in exactly one of the result.
 */
export function regroup(
  clusterOf: readonly (number | null)[],
  likeness: Likeness,
  { settled = false }: { readonly settled?: boolean } = {},
): Regrouped[] {
  const newcomer = newcomerDeviations(clusterOf.length);
  const units = [
    ...standingClusters(clusterOf).flatMap(({ cluster, members }) =>
      settled ? [{ cluster, parent: null, members }] : split(cluster, members, likeness, newcomer),
    ),
    ...clusterOf.flatMap((cluster, member) =>
      cluster === null ? [{ cluster: null, parent: null, members: [member] }] : [],
    ),
  ];
  const stands = ({ cluster, parent }: Regrouped) => cluster !== null || parent !== null;
  const strictness = (a: number, b: number) => {
    if (!stands(units[a]!) || !stands(units[b]!)) return newcomer;
    return settled ? Number.POSITIVE_INFINITY : standing;
  };
  const merged = mergeAlike(
    units.map(({ members }) => members),
    likeness,
    strictness,
  );
  return merged
    .map((places) => joined(places.map((place) => units[place]!)))
    .sort(
      (a, b) =>
        (a.cluster ?? Number.POSITIVE_INFINITY) - (b.cluster ?? Number.POSITIVE_INFINITY) ||
        a.members[0]! - b.members[0]!,
    );
}

/**
 * The cluster of someone who comes while a round is under way, when nobody moves: the one that fits best, or null where none
 * is alike enough. `cosines`: with members of each, NaN where there is none; `always`: the best one there is, however little it fits.
 */
export function nearestCluster(
  cosines: ReadonlyMap<number, readonly number[]>,
  { always = false }: { readonly always?: boolean } = {},
): number | null {
  const members = 1 + [...cosines.values()].reduce((sum, all) => sum + all.length, 0);
  let best: { cluster: number; margin: number } | null = null;
  for (const [cluster, all] of cosines) {
    const known = all.filter((cosine) => !Number.isNaN(cosine));
    const pairs: Pairs = { sum: known.reduce((sum, cosine) => sum + cosine, 0), count: known.length };
    const margin = marginOf(pairs, always ? 0 : newcomerDeviations(members), [1, all.length]);
    if (best === null || margin > best.margin) best = { cluster, margin };
  }
  return best !== null && (always || best.margin >= 0) ? best.cluster : null;
}

function standingClusters(clusterOf: readonly (number | null)[]) {
  const clusters = new Map<number, number[]>();
  for (const [member, cluster] of clusterOf.entries())
    if (cluster !== null) clusters.set(cluster, [...(clusters.get(cluster) ?? []), member]);
  return [...clusters]
    .map(([cluster, members]) => ({ cluster, members }))
    .sort((a, b) => a.cluster - b.cluster);
}

/** A cluster without the parts that clearly aren't like its largest one, and those parts. */
function split(
  cluster: number,
  members: readonly number[],
  likeness: Likeness,
  newcomer: number,
): Regrouped[] {
  const singles = members.map((member) => [member]);
  const parts = mergeAlike(singles, likeness, () => newcomer)
    .map((places) => places.map((place) => members[place]!))
    .sort((a, b) => b.length - a.length || a[0]! - b[0]!);
  const [main, ...rest] = parts as [number[], ...number[][]];
  const gone = rest.filter((part) => {
    const pairs = pairsBetween(likeness, part, main);
    return pairs.count > 0 && marginOf(pairs, -leaving, [part.length, main.length]) < 0;
  });
  const stay = members.filter((member) => !gone.some((part) => part.includes(member)));
  return [
    { cluster, parent: null, members: stay },
    ...gone.map((part) => ({ cluster: null, parent: cluster, members: part })),
  ];
}

/** Named after the largest standing cluster in it, or else said to come from the largest part's. */
function joined(units: readonly Regrouped[]): Regrouped {
  const largest = [...units].sort((a, b) => b.members.length - a.members.length);
  const cluster = largest.find((unit) => unit.cluster !== null)?.cluster ?? null;
  const parent = cluster === null ? (largest.find((unit) => unit.parent !== null)?.parent ?? null) : null;
  return { cluster, parent, members: units.flatMap(({ members }) => members).sort((a, b) => a - b) };
}
