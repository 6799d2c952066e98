// The one place that knows whether the database answers. It asks each second, tells the log once when trouble begins and
// once when it is over, and meanwhile turns callers away at once, those who wait already too: a server that hangs would
// hold each of them for as long as a statement may take.
import type { Logger } from 'pino';
import { innermost, type Trouble, troubleOf } from '../sql/database-errors.ts';
import { troubleWords, unavailable } from './unavailable.ts';

/** How a database is asked, by its driver. */
export interface Probe {
  /** Rejects unless the database would take a write, in bounded time where it may hang. */
  readonly ask: () => Promise<void>;
  /** Breaks every connection, so that what hangs on it ends. */
  readonly cut: () => void;
}

export interface DatabaseWatch {
  /** False while callers are turned away. */
  readonly isAnswering: boolean;
  /** Some trouble is known, though callers may be served: a full disk can be read. */
  readonly isTroubled: boolean;
  /** Throws unavailable while the database is known not to answer. */
  assertAnswering(): void;
  /** As `work` ends, or unavailable as soon as the database is known not to answer; the work is not stopped. */
  during<Answer>(work: Promise<Answer> | Answer): Promise<Answer>;
  /** True of an error that is the database's trouble: then it need not be told by anybody else. */
  note(error: unknown): boolean;
  /** Asks now; throws unavailable when there is trouble or no answer within so many milliseconds. */
  check(withinMs: number): Promise<void>;
  start(): void;
  stop(): void;
}

const everyMs = 1_000;
/** What the probe cannot see (a full disk takes small writes) is over when nobody met it for so long. */
const quietMs = 30_000;

interface Known {
  readonly trouble: Trouble;
  readonly since: number;
  last: number;
}

export function createDatabaseWatch({ ask, cut }: Probe, log: Logger): DatabaseWatch {
  const waiting = new Set<(error: Error) => void>();
  let known: Known | null = null;
  let closedFor: Trouble | null = null;
  let looking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const begin = (trouble: Trouble, error: unknown) => {
    const last = performance.now();
    if (known !== null) {
      known.last = last;
      return;
    }
    known = { trouble, since: last, last };
    const cause = innermost(error);
    log.warn({ trouble, cause }, `the database ${troubleWords[trouble]}: callers are told to come back`);
  };
  const close = (trouble: Trouble) => {
    closedFor = trouble;
    for (const turnAway of waiting) turnAway(unavailable(trouble));
    waiting.clear();
    if (trouble === 'silent') cut();
  };
  const open = () => {
    closedFor = null;
    if (known === null || (isHidden(known.trouble) && performance.now() - known.last < quietMs)) return;
    const seconds = Math.round((performance.now() - known.since) / 1000);
    log.info({ trouble: known.trouble, seconds }, 'the database is back');
    known = null;
  };
  const look = () => {
    looking ??= ask()
      .then(open, (error: unknown) => {
        const trouble = troubleOf(error) ?? 'unreachable';
        begin(trouble, error);
        if (!isHidden(trouble)) close(trouble);
      })
      .finally(() => {
        looking = null;
      });
    return looking;
  };
  const assertAnswering = () => {
    if (closedFor !== null) throw unavailable(closedFor);
  };
  return {
    get isAnswering() {
      return closedFor === null;
    },
    get isTroubled() {
      return known !== null;
    },
    assertAnswering,
    during: (work) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        Promise.resolve(work)
          .then(resolve, reject)
          .finally(() => waiting.delete(reject));
      }),
    note(error) {
      const trouble = troubleOf(error);
      if (trouble === null) return false;
      if (isHidden(trouble)) begin(trouble, error);
      else if (trouble !== 'conflict') void look(); // one broken connection is no outage
      return true;
    },
    async check(withinMs) {
      assertAnswering();
      const late = Symbol();
      if ((await Promise.race([look(), after(withinMs, late)])) === late)
        begin('silent', new Error(`no answer within ${withinMs} ms`));
      if (known !== null) throw unavailable(known.trouble);
    },
    start() {
      timer = setInterval(look, everyMs);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** The database tells of it, and the probe may pass all the same. */
const isHidden = (trouble: Trouble) => trouble === 'full' || trouble === 'crowded';

function after<Value>(milliseconds: number, value: Value): Promise<Value> {
  return new Promise((done) => setTimeout(done, milliseconds, value).unref());
}
