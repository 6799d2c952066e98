// A bell that is rung by hints and waited for by the daemon: waiting that ends early, or throws when its signal aborts.
import { setTimeout as delay } from 'node:timers/promises';

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
