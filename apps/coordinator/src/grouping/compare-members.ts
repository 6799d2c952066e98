// Who is to be in which cluster, from the members' probes: found by likeness, or as an admin says it. Reads and computes, and
// changes nothing; what comes of it is regroup-members.ts's.
import { type Likeness, measureLikeness } from '@colora/aggregation/clusters/likeness';
import { nearestCluster, type Regrouped, regroup } from '@colora/aggregation/clusters/regroup';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Transaction } from '../sql/transaction.ts';
import { type PlacedMember, readProbes } from './group-members.ts';
import { joinNearest, type Nearest, type Unit } from './units.ts';

/** So many are compared with each other at most, and as many bytes of probes; of more, newcomers are compared with some of each cluster. */
const mostTogether = 1000;
const mostBytes = 128 * 1024 ** 2;
/** Of each cluster, where not all of it is looked at. */
const spokesmen = 32;

/** How many of these members can be compared with each other. */
export function togetherOf(members: readonly PlacedMember[]): number {
  const largest = Math.max(1, ...members.map(({ bytes }) => bytes));
  return Math.max(2, Math.min(mostTogether, Math.floor(mostBytes / largest)));
}

/** Found anew from everybody's probe; who has a cluster leaves it on clear evidence alone. */
export async function alikeUnits(
  context: { readonly db: PrismaClient },
  groupId: string,
  members: readonly PlacedMember[],
): Promise<Unit[]> {
  const most = togetherOf(members);
  if (members.length <= most) return unitsOf(members, await regrouped(context, groupId, members, {}));
  let units = standing(members);
  let left = members.filter(({ cluster }) => cluster === null);
  while (left.length > 0) {
    const some = units.flatMap((unit, at) =>
      unit.members.slice(0, spokesmen).map((member) => ({ member, at })),
    );
    const known = some.slice(0, Math.floor(most / 2));
    const batch = left.slice(0, most - known.length);
    left = left.slice(batch.length);
    const looked = [...known.map(({ member, at }) => ({ ...member, cluster: at })), ...newcomers(batch)];
    const found = await regrouped(context, groupId, looked, { settled: true });
    units = withBatch(units, found, looked);
  }
  return units;
}

/** As an admin said: the wanted lists, or else what stands; whoever is in none goes where it fits best. */
export async function saidUnits(
  context: { readonly db: PrismaClient },
  groupId: string,
  members: readonly PlacedMember[],
  wanted: readonly (readonly string[])[] | null,
): Promise<Unit[]> {
  const units = wanted === null ? standing(members) : wantedUnits(members, wanted);
  const placed = new Set(units.flatMap((unit) => unit.members.map(({ participantId }) => participantId)));
  const left = members.filter(({ participantId }) => !placed.has(participantId));
  if (left.length === 0) return units;
  if (units.length === 0) return [{ cluster: null, parent: null, members: left }];
  return joinNearest(units, left, nearestByProbe(context, groupId));
}

/** Where a member's probe fits best, however little. */
export function nearestByProbe({ db }: { readonly db: PrismaClient }, groupId: string): Nearest {
  return async ({ participantId }, units) => {
    const cosines = await cosinesWith(db, groupId, participantId, new Map(units.entries()));
    return nearestCluster(cosines, { always: true })!;
  };
}

/** The cosines of a member's probe with those of some members of each cluster, by its key. */
export async function cosinesWith<Key>(
  db: Pick<Transaction, 'probe'>,
  groupId: string,
  participantId: string,
  clusters: ReadonlyMap<Key, Pick<Unit, 'members'>>,
): Promise<Map<Key, number[]>> {
  const some = [...clusters].map(([key, { members }]) => ({
    key,
    ids: members.slice(0, spokesmen).map((member) => member.participantId),
  }));
  const [own] = await readProbes(db, groupId, [participantId]);
  const cosines = new Map<Key, number[]>();
  for (const { key, ids } of some) {
    const others = await readProbes(db, groupId, ids);
    const likeness = await measureLikeness([own!, ...others]);
    cosines.set(
      key,
      others.map((_, at) => likeness.between(0, at + 1)),
    );
  }
  return cosines;
}

export async function likenessOfMembers(
  { db }: { readonly db: PrismaClient },
  groupId: string,
  members: readonly PlacedMember[],
): Promise<Likeness> {
  const ids = members.map(({ participantId }) => participantId);
  return measureLikeness(await readProbes(db, groupId, ids), () => new Promise((turn) => setImmediate(turn)));
}

/** By cluster. */
export function standing(members: readonly PlacedMember[]): Unit[] {
  const clusters = new Map<number, PlacedMember[]>();
  for (const member of members)
    if (member.cluster !== null)
      clusters.set(member.cluster, [...(clusters.get(member.cluster) ?? []), member]);
  return [...clusters]
    .sort(([a], [b]) => a - b)
    .map(([cluster, some]) => ({ cluster, parent: null, members: some }));
}

async function regrouped(
  context: { readonly db: PrismaClient },
  groupId: string,
  members: readonly PlacedMember[],
  how: { readonly settled?: boolean },
): Promise<Regrouped[]> {
  const likeness = await likenessOfMembers(context, groupId, members);
  return regroup(
    members.map(({ cluster }) => cluster),
    likeness,
    how,
  );
}

function unitsOf(members: readonly PlacedMember[], found: readonly Regrouped[]): Unit[] {
  return found.map((one) => ({ ...one, members: one.members.map((place) => members[place]!) }));
}

const newcomers = (batch: readonly PlacedMember[]) => batch.map((member) => ({ ...member, cluster: null }));

/** `found` is in terms of the units' places; spokesmen are in them already. */
function withBatch(
  units: readonly Unit[],
  found: readonly Regrouped[],
  looked: readonly PlacedMember[],
): Unit[] {
  const next = [...units];
  for (const { cluster: at, members } of found) {
    const more = members.map((place) => looked[place]!).filter(({ cluster }) => cluster === null);
    if (at === null) next.push({ cluster: null, parent: null, members: more });
    else next[at] = { ...next[at]!, members: [...next[at]!.members, ...more] };
  }
  return next;
}

/** A cluster's number goes to the list with the largest part of it, of each pair in turn; a list without one comes from its largest part's. */
function wantedUnits(members: readonly PlacedMember[], wanted: readonly (readonly string[])[]): Unit[] {
  const byId = new Map(members.map((member) => [member.participantId, member]));
  const lists = wanted
    .map((ids) => ids.flatMap((id) => byId.get(id) ?? []))
    .filter((list) => list.length > 0);
  const parts = lists
    .flatMap((list) =>
      standing(list).map((part) => ({ list, cluster: part.cluster!, size: part.members.length })),
    )
    .sort((a, b) => b.size - a.size);
  const numberOf = new Map<readonly PlacedMember[], number>();
  const taken = new Set<number>();
  for (const { list, cluster } of parts) {
    if (numberOf.has(list) || taken.has(cluster)) continue;
    numberOf.set(list, cluster);
    taken.add(cluster);
  }
  return lists.map((list) => {
    const cluster = numberOf.get(list) ?? null;
    const parent = cluster === null ? (parts.find((part) => part.list === list)?.cluster ?? null) : null;
    return { cluster, parent, members: list };
  });
}
