// What the coordinator's work costs, as measured by the benchmarks on the machine named below. The simulation takes its
// figures from here and from nowhere else; docs/scaling.md says how to measure them again.

/** Processor seconds of a coordinator and of Postgres, for each of something. */
export interface Cost {
  readonly coordinator: number;
  readonly database: number;
}

export interface CoordinatorCosts {
  /** Of a contribution: what it costs however small, and for each MB (10^6 bytes) on the wire. */
  readonly contribution: { readonly each: Cost; readonly perMB: Cost };
  /** Of a checkpoint's download. */
  readonly download: { readonly each: Cost; readonly perMB: Cost };
  /** Of closing a round: a fixed part, and for each MB of contributions read back and summed. */
  readonly close: { readonly each: Cost; readonly perMB: Cost };
  /** Of drawing a cohort and telling it, for each one asked. */
  readonly draw: Cost;
  readonly poll: Cost;
  readonly join: Cost;
  /** Rows written. */
  readonly rows: {
    readonly contribution: number;
    /** Chunks of a contribution, for each MB as float32. */
    readonly contributionPerMB: number;
    readonly round: number;
    readonly asked: number;
    readonly join: number;
  };
  /** Of a member who is connected and idle. */
  readonly idle: {
    readonly memoryKB: number;
    readonly bytesPerSecond: number;
    readonly pollsPerSecond: number;
    readonly presenceWritesPerSecond: number;
  };
  /** A coordinator with nobody connected. */
  readonly baseMemoryMB: number;
  /** MB/s that the database's disk takes with synchronous commits. */
  readonly diskMBPerSecond: number;
}

/**
 * 2 threads of an AMD EPYC, Node 20, Postgres 15 with its defaults on the same machine, which the echo clients share too.
 * `npm run bench:coordinator` (contribution, download and close: figures of 128 x 1.2 MB and 32 x 40 MB solved for their two
 * parts) and `npm run bench:control-plane` (the rest).
 */
export const measuredCosts: CoordinatorCosts = {
  contribution: {
    each: { coordinator: 0.008, database: 0.006 },
    perMB: { coordinator: 0.012, database: 0.011 },
  },
  download: { each: { coordinator: 0.001, database: 0.0005 }, perMB: { coordinator: 0.0008, database: 0 } },
  close: { each: { coordinator: 0.05, database: 0.02 }, perMB: { coordinator: 0.006, database: 0.004 } },
  draw: { coordinator: 0.0005, database: 0.0005 },
  poll: { coordinator: 0.0015, database: 0.0008 },
  join: { coordinator: 0.0071, database: 0.0028 },
  rows: { contribution: 3, contributionPerMB: 3.8, round: 8, asked: 1, join: 4 },
  idle: { memoryKB: 30, bytesPerSecond: 20, pollsPerSecond: 1 / 30, presenceWritesPerSecond: 1 / 10 },
  baseMemoryMB: 250,
  diskMBPerSecond: 110,
};
