// Every kind of fault there is: what it strikes, how often beside the others, and for how long. Data alone.

export type Target = 'coordinator' | 'crew' | 'postgres' | 'group';

export interface FaultKind {
  readonly name: string;
  readonly target: Target;
  /** How often, beside the others. */
  readonly weight: number;
  /** Seconds it lasts: from, to. */
  readonly seconds: readonly [number, number];
}

export const faultKinds = [
  { name: 'kill-coordinator', target: 'coordinator', weight: 5, seconds: [0.1, 4] },
  { name: 'freeze-coordinator', target: 'coordinator', weight: 3, seconds: [0.5, 8] },
  // Longer than a lease: another takes over, and what wakes up must not commit.
  { name: 'freeze-coordinator-long', target: 'coordinator', weight: 1, seconds: [22, 32] },
  { name: 'restart-coordinator', target: 'coordinator', weight: 2, seconds: [0.1, 1] },
  { name: 'cut-clients', target: 'coordinator', weight: 3, seconds: [0, 0] },
  { name: 'refuse-clients', target: 'coordinator', weight: 2, seconds: [0.5, 6] },
  { name: 'stall-clients', target: 'coordinator', weight: 2, seconds: [0.5, 12] },
  { name: 'mute-answers', target: 'coordinator', weight: 3, seconds: [0.2, 3] },
  { name: 'cut-database', target: 'coordinator', weight: 3, seconds: [0, 0] },
  { name: 'refuse-database', target: 'coordinator', weight: 2, seconds: [0.5, 8] },
  { name: 'stall-database', target: 'coordinator', weight: 2, seconds: [0.5, 8] },
  { name: 'stall-database-long', target: 'coordinator', weight: 1, seconds: [22, 32] },
  { name: 'mute-database', target: 'coordinator', weight: 3, seconds: [0.2, 3] },
  { name: 'kill-clients', target: 'crew', weight: 3, seconds: [0.1, 5] },
  { name: 'freeze-clients', target: 'crew', weight: 2, seconds: [0.5, 15] },
  { name: 'kill-postgres', target: 'postgres', weight: 3, seconds: [0.1, 4] },
  { name: 'pause-group', target: 'group', weight: 2, seconds: [0.5, 5] },
] as const satisfies readonly FaultKind[];

export type FaultName = (typeof faultKinds)[number]['name'];
