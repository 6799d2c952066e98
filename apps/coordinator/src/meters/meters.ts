// What this process has done and how it fares, as Prometheus' counters and histograms: each coordinator tells its own, and
// sums over them are the whole. What the database knows of groups is observe/group-figures.ts's. No label is of a participant,
// and each has few values.
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { meterProcess } from './process-meters.ts';
import type { AroundStatement } from './statements.ts';

/** How a contribution that came was answered, and why. */
export type Answered =
  | { readonly outcome: 'counted'; readonly reason: 'on-time' | 'late' }
  | { readonly outcome: 'repeated'; readonly reason: 'same-bytes' }
  | { readonly outcome: 'refused'; readonly reason: ProblemCode }
  /** Our fault, or the database's. */
  | { readonly outcome: 'failed'; readonly reason: 'error' };

export type RoundOutcome = 'committed' | 'failed' | 'cancelled' | 'retried' | 'paused';
/** A masked round's phases lie within its collecting. */
export type RoundPhase = 'collecting' | 'aggregating' | 'committing' | MaskingPhase;

export interface Meters {
  readonly registry: Registry;
  contribution(answered: Answered): void;
  /** Bytes of contributions taken, and of checkpoints and kept files sent. */
  bytes(way: 'contribution' | 'download', count: number): void;
  /** Retried isn't an end: its members are drawn anew. Paused: its group gave up waiting for a quorum. */
  round(outcome: RoundOutcome): void;
  phase(phase: RoundPhase, seconds: number): void;
  request(route: string, status: number, seconds: number): void;
  readonly aroundStatement: AroundStatement;
  /** How many wait in a queue, asked when metrics are read. */
  queue(name: string, waiting: () => number): void;
  /** Whether the database answers, asked when metrics are read. */
  database(isAnswering: () => boolean): void;
  close(): void;
}

const phaseBuckets = [0.1, 0.5, 2, 10, 60, 300, 1800, 7200];
const statementBuckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

export function createMeters(): Meters {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const contributions = counter('colora_contributions_total', 'Contributions answered here', [
    'outcome',
    'reason',
  ]);
  const taken = counter('colora_contribution_bytes_total', 'Bytes of contributions taken here');
  const sent = counter('colora_download_bytes_total', 'Bytes of checkpoints and kept files sent from here');
  const rounds = counter('colora_rounds_total', 'Rounds moved on here, by outcome', ['outcome']);
  const requests = counter('colora_requests_total', 'Requests answered here', ['route', 'status']);
  const requestSeconds = counter('colora_request_seconds_total', 'Seconds from request to answer', ['route']);
  const phases = new Histogram({
    ...{ name: 'colora_round_phase_seconds', help: 'Seconds of the phases of rounds committed here' },
    ...{ labelNames: ['phase'], buckets: phaseBuckets, registers },
  });
  const statements = new Histogram({
    ...{ name: 'colora_database_seconds', help: 'Seconds of statements, the wait for a connection included' },
    ...{ labelNames: ['statement'], buckets: statementBuckets, registers },
  });
  const queues = new Map<string, () => number>();
  new Gauge({
    ...{ name: 'colora_queue_waiting', help: 'Who waits here for a turn', labelNames: ['queue'], registers },
    collect() {
      for (const [queue, waiting] of queues) this.set({ queue }, waiting());
    },
  });
  const closeProcess = meterProcess(registry);
  return {
    registry,
    contribution: ({ outcome, reason }) => contributions.inc({ outcome, reason }),
    bytes: (way, count) => (way === 'contribution' ? taken : sent).inc(count),
    round: (outcome) => rounds.inc({ outcome }),
    phase: (phase, seconds) => phases.observe({ phase }, Math.max(0, seconds)),
    request(route, status, seconds) {
      requests.inc({ route, status: `${Math.floor(status / 100)}xx` });
      requestSeconds.inc({ route }, seconds);
    },
    async aroundStatement(statement, work) {
      const end = statements.startTimer({ statement });
      try {
        return await work();
      } finally {
        end();
      }
    },
    queue: (name, waiting) => void queues.set(name, waiting),
    database(isAnswering) {
      new Gauge({
        ...{ name: 'colora_database_up', help: '1 while the database answers', registers },
        collect() {
          this.set(isAnswering() ? 1 : 0);
        },
      });
    },
    close: closeProcess,
  };
}
