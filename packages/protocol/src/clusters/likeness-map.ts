// How alike members' probes are, made fit to be looked at: member by member with those of a cluster side by side, or, of more
// members than are looked at at once, as means over the pairs of each two clusters.
import type { ClustersView } from './clusters.ts';

export interface LikenessMap {
  readonly of: 'members' | 'clusters';
  readonly names: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
  /** Places of the first member of each cluster but the first. */
  readonly starts: ReadonlySet<number>;
}

interface Part {
  readonly name: string;
  /** Places in the matrix. */
  readonly places: readonly number[];
}

type Matrix = NonNullable<ClustersView['matrix']>;

/** `most`: as many members as are shown one by one. Members who are in no cluster yet come last. */
export function likenessMap(
  { clusters, unplaced }: Pick<ClustersView, 'clusters' | 'unplaced'>,
  { participants, values }: Matrix,
  most: number,
): LikenessMap {
  const placeOf = new Map(participants.map((name, place) => [name, place]));
  const placesOf = (names: readonly string[]) => names.flatMap((name) => placeOf.get(name) ?? []);
  const parts: Part[] = [
    ...clusters.map((cluster) => ({ name: clusterName(cluster), places: placesOf(cluster.members) })),
    { name: 'not placed', places: placesOf(unplaced) },
  ].filter(({ places }) => places.length > 0);
  if (participants.length > most) {
    const means = parts.map((one) => parts.map((other) => meanBetween(one, other, values)));
    return { of: 'clusters', names: parts.map(({ name }) => name), values: means, starts: new Set() };
  }
  const order = parts.flatMap(({ places }) => places);
  const starts = parts.map((_, at) => parts.slice(0, at).flatMap(({ places }) => places).length).slice(1);
  return {
    of: 'members',
    names: order.map((place) => participants[place]!),
    values: order.map((row) => order.map((column) => values[row]?.[column] ?? null)),
    starts: new Set(starts),
  };
}

/** "2", "2 films". */
export const clusterName = ({ cluster, name }: { readonly cluster: number; readonly name: string | null }) =>
  name === null ? `${cluster}` : `${cluster} ${name}`;

/** Nobody's with herself. Null where no two have a label in common. */
function meanBetween(one: Part, other: Part, values: Matrix['values']): number | null {
  const known = one.places.flatMap((row) =>
    other.places.flatMap((column) => (row === column ? [] : (values[row]?.[column] ?? []))),
  );
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
