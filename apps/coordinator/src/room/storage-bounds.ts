// How much the database may take, as who runs the coordinator says it. No counting here.

export interface StorageBounds {
  /** On its disk; null: as much as there is. */
  readonly limitBytes: number | null;
  /** With less left than this, running groups are paused. */
  readonly reserveBytes: number;
}

export const usualReserveBytes = 512 * 1024 ** 2;
