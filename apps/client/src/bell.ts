// Waiting that ends early: by the caller's signal (throws its reason) or by a hint (returns).
import { setTimeout as delay } from 'node:timers/promises';

/** Sleeps; throws the signal's reason when it aborts. */
export async function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/** A bell that is rung by hints. A ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void;
  /** Returns at the next ring (true) or after `seconds` (false); throws when the signal aborts. */
  wait(seconds: number, signal: AbortSignal): Promise<boolean>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(seconds, signal) {
      if (!rung) {
        const early = new AbortController();
        wake = () => early.abort();
        await delay(seconds * 1000, undefined, { signal: AbortSignal.any([signal, early.signal]) }).catch(
          () => undefined,
        );
        wake = null;
      }
      const heard = rung;
      rung = false;
      signal.throwIfAborted();
      return heard;
    },
  };
}

/** The work's result, or the signal's reason as soon as it aborts; abandoned work is left to end by itself. */
export async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined); // what abandoned work still says, nobody hears
  }
}
