// Members who belong together or are to, as lists; and how those who are in none of them are shared out.
import type { PlacedMember } from './group-members.ts';

/** Members who belong together. */
export interface Unit {
  /** Null: a new cluster. */
  readonly cluster: number | null;
  readonly parent: number | null;
  readonly members: readonly PlacedMember[];
}

/** Answers with a place in the units, of which there is at least one. */
export type Nearest = (member: PlacedMember, units: readonly Unit[]) => Promise<number>;

/** The units with those who are left, each where it fits best beside whoever was there before. */
export async function joinNearest(
  units: readonly Unit[],
  left: readonly PlacedMember[],
  nearest: Nearest,
): Promise<Unit[]> {
  const added = units.map((): PlacedMember[] => []);
  for (const member of left) added[await nearest(member, units)]!.push(member);
  return units.map((unit, at) => ({ ...unit, members: [...unit.members, ...added[at]!] }));
}
