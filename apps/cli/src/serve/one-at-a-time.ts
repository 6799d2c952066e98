// A line in front of something that does one thing at a time: each waits for those before it, a bounded number of them.
import { ServeError } from './serve-error.ts';

export interface Line {
  /** Throws ServeError where too many wait, and the signal's reason where it is given up before its turn. */
  take<Result>(job: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

export function openLine(mostWaiting: number): Line {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    async take(job, signal) {
      if (waiting >= mostWaiting)
        throw new ServeError(429, 'too_many_requests', `${waiting} requests wait already: come again later`);
      waiting += 1;
      const turn = last.then(() => {
        waiting -= 1;
        signal.throwIfAborted();
        return job();
      });
      last = turn.catch(() => undefined);
      return await turn;
    },
  };
}
