// The service's side of a simulation: coordinators, one Postgres and the line to them as queues served in the order of
// arrival, and the sum of what was spent. Who arrives when is elsewhere.
import type { CoordinatorCosts, Cost } from './measured-costs.ts';

export interface ServiceSize {
  readonly coordinators: number;
  /** Processors of the database. */
  readonly databaseCores: number;
  /** The service's line, each way, in millions of bits a second. */
  readonly lineMbps: number;
}

export interface Spent {
  coordinatorSeconds: number;
  databaseSeconds: number;
  megabytesUp: number;
  megabytesDown: number;
  rows: number;
  megabytesWritten: number;
}

export interface Service {
  /** When a checkpoint that is asked for at `now` has gone out, for a line of so many Mbps at the other end. */
  download(now: number, megabytes: number, mbps: number): number;
  /** When the whole of an upload begun at `now` has come in. */
  receive(now: number, megabytes: number, mbps: number): number;
  /** When a contribution that has come in at `now` is stored and acknowledged. */
  store(now: number, wireMB: number): number;
  /** When a round is committed whose closing began at `now`. */
  close(now: number, contributionMB: number, checkpointMB: number): number;
  /** When a cohort drawn at `now` has been told. */
  draw(now: number, asked: number): number;
  readonly spent: Spent;
}

/** Places that each serve one at a time; arrivals must come in the order of time. */
export function createStation(places: number): (now: number, seconds: number) => number {
  const free = new Array<number>(places).fill(0);
  return (now, seconds) => {
    let best = 0;
    for (let place = 1; place < places; place += 1) if (free[place]! < free[best]!) best = place;
    const done = Math.max(now, free[best]!) + seconds;
    free[best] = done;
    return done;
  };
}

export function createService(costs: CoordinatorCosts, size: ServiceSize): Service {
  const coordinators = createStation(size.coordinators);
  const database = createStation(size.databaseCores);
  const disk = createStation(1);
  const line = { up: createStation(1), down: createStation(1) };
  const spent: Spent = {
    ...{ coordinatorSeconds: 0, databaseSeconds: 0, megabytesUp: 0, megabytesDown: 0 },
    ...{ rows: 0, megabytesWritten: 0 },
  };
  const work = (now: number, cost: Cost, megabytes = 0): number => {
    spent.coordinatorSeconds += cost.coordinator;
    spent.databaseSeconds += cost.database;
    spent.megabytesWritten += megabytes;
    const written = megabytes === 0 ? now : disk(now, megabytes / costs.diskMBPerSecond);
    return Math.max(coordinators(now, cost.coordinator), database(now, cost.database), written);
  };
  const transfer = (
    station: (now: number, seconds: number) => number,
    now: number,
    megabytes: number,
    mbps: number,
  ) => Math.max(now + (megabytes * 8) / mbps, station(now, (megabytes * 8) / size.lineMbps));
  return {
    spent,
    download(now, megabytes, mbps) {
      spent.megabytesDown += megabytes;
      return Math.max(
        work(now, costOf(costs.download, megabytes)),
        transfer(line.down, now, megabytes, mbps),
      );
    },
    receive(now, megabytes, mbps) {
      spent.megabytesUp += megabytes;
      return transfer(line.up, now, megabytes, mbps);
    },
    store(now, wireMB) {
      spent.rows += costs.rows.contribution + wireMB * costs.rows.contributionPerMB;
      return work(now, costOf(costs.contribution, wireMB), wireMB);
    },
    close(now, contributionMB, checkpointMB) {
      spent.rows += costs.rows.round + checkpointMB * costs.rows.contributionPerMB;
      return work(now, costOf(costs.close, contributionMB), checkpointMB);
    },
    draw(now, asked) {
      spent.rows += asked * costs.rows.asked;
      return work(now, times(costs.draw, asked));
    },
  };
}

function costOf({ each, perMB }: { each: Cost; perMB: Cost }, megabytes: number): Cost {
  return {
    coordinator: each.coordinator + perMB.coordinator * megabytes,
    database: each.database + perMB.database * megabytes,
  };
}

function times({ coordinator, database }: Cost, count: number): Cost {
  return { coordinator: coordinator * count, database: database * count };
}
