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
 * 2 threads of an AMD EPYC, Node 20, Postgres 15 with its defaults on the same machine, which the clients share too.
 *
 * `npm run bench:coordinator -- --clients 128 --megabytes 1.2` and `--clients 32 --megabytes 40` (float32): 0.95 and 6.43
 * coordinator seconds a round, 0.75 and 7.70 database seconds. Solved for a part for each contribution and one for each MB:
 * 1.4 ms + 5.0 ms/MB and, where the two don't agree, 0.3 ms + 5.5 ms/MB. How they are shared out among upload, download and close
 * is from a profile of the same runs and less sure than their sum.
 *
 * `npm run bench:control-plane -- --members 10000`: the rest.
 */
export const measuredCosts: CoordinatorCosts = {
  contribution: {
    each: { coordinator: 0.0007, database: 0.0002 },
    perMB: { coordinator: 0.0034, database: 0.004 },
  },
  download: { each: { coordinator: 0.0003, database: 0.0001 }, perMB: { coordinator: 0.0006, database: 0 } },
  close: { each: { coordinator: 0.05, database: 0.02 }, perMB: { coordinator: 0.001, database: 0.0015 } },
  draw: { coordinator: 0.002, database: 0.001 },
  poll: { coordinator: 0.0014, database: 0.0016 },
  join: { coordinator: 0.005, database: 0.0037 },
  // A contribution: blob, contribution, its round. A round: itself, twice moved, its checkpoint, blobs and audit events.
  rows: { contribution: 3, contributionPerMB: 3.8, round: 8, asked: 1, join: 4 },
  idle: { memoryKB: 17, bytesPerSecond: 15, pollsPerSecond: 1 / 60, presenceWritesPerSecond: 1 / 10 },
  baseMemoryMB: 290,
  diskMBPerSecond: 100, // 96 to 126 by how it is written (one connection, random bytes, synchronous commits)
};
