// How many callers' questions are with the database at a time. The others wait before anything of theirs is made: hundreds
// that ask in the same moment, when a round opens, else fill memory with half-done work and wait longer for a connection
// than one may wait for it.
import { ProblemError } from '@colora/protocol/problems';
import { createSemaphore } from './semaphore.ts';

export interface Turns {
  /** Throws unavailable when the turn did not come in time. Work must not take a turn inside of its own. */
  take<Answer>(work: () => Promise<Answer> | Answer): Promise<Answer>;
  /** How many wait. */
  readonly waiting: number;
}

/** As many as go into one statement (batching.ts). */
const turnsAtOnce = 64;
/** As long as one waits for a connection. */
const patienceMs = 10_000;

export function createTurns(atOnce = turnsAtOnce, patience = patienceMs): Turns {
  const semaphore = createSemaphore(atOnce);
  return {
    async take(work) {
      const leave = await semaphore.enterWithin(patience);
      if (leave === null) {
        throw new ProblemError(
          'unavailable',
          'the coordinator has more to answer than it can: try again soon',
        );
      }
      try {
        return await work();
      } finally {
        leave();
      }
    },
    get waiting() {
      return semaphore.waiting;
    },
  };
}
