// What a tracker of somebody's own is given, and how it is asked what it has. One file beside this for each kind of tracker;
// reading the group's figures is read-points.ts's, the order of things export-points.ts's.
import type { TaskGroup } from '@colora/protocol/entities';

/** A value of a curve. */
export interface Point {
  /** Who reported it; null: of the group's rounds. */
  readonly member: string | null;
  /** As the coordinator calls it: sharedLoss, accuracy. */
  readonly name: string;
  /** The version of the checkpoint that it is of: a round's is the one that it made. */
  readonly step: number;
  readonly value: number;
  /** When it came about, in ms since 1970. */
  readonly at: number;
}

/** The last step of each curve; a curve grows at its end only. */
export type LastSteps = Map<string, number>;

export type ExportedGroup = Pick<TaskGroup, 'name' | 'createdAt'>;

export interface Tracker {
  /** What the last point of each curve of this group is, however the last export ended. */
  lastSteps(): Promise<LastSteps>;
  /** In the order of their steps. When it returns they are kept; when it is cut, what is kept is a beginning of each curve. */
  write(points: readonly Point[]): Promise<void>;
  close(): Promise<void>;
}

export function curveOf({ member, name }: Pick<Point, 'member' | 'name'>): string {
  return member === null ? name : `${member}/${name}`;
}

/** Steps that a tracker told, one after another. */
export function noteStep(steps: LastSteps, curve: string, step: number): void {
  steps.set(curve, Math.max(step, steps.get(curve) ?? -1));
}
