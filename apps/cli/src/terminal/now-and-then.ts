// When something that goes on changing is worth a line of a log: now and then, not at each change. On a terminal one line is
// rewritten, and all of it can be shown.

/** Below the ten seconds after which silence looks like a standstill. */
const lineEveryMs = 8000;

export interface NowAndThen {
  /** Whether nothing was written for so long; then something is now. */
  due(): boolean;
  /** Something else was written. */
  wrote(): void;
}

/** `last`: when something was written, as `performance.now` counts. */
export function nowAndThen(last = performance.now()): NowAndThen {
  const wrote = () => {
    last = performance.now();
  };
  return {
    wrote,
    due() {
      if (performance.now() - last < lineEveryMs) return false;
      wrote();
      return true;
    },
  };
}
