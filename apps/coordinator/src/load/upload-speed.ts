// How fast a sender is, lately: bytes that came beside the time that they were waited for. What was long ago counts for little,
// so that neither a quick beginning nor a pause is remembered for long. What follows from it is upload-limits.ts's.

export interface Speed {
  /** So many bytes came, and from now on more are waited for. */
  wait(bytes: number): void;
  /** They came, or are not waited for any more. */
  go(): void;
  /** In all, up to now. */
  waitedMs(): number;
  /** Lately; Infinity where nothing was waited for. */
  bytesPerSecond(): number;
}

/** After so long waiting half as much counts. */
const halfLifeMs = 2_000;

export function createSpeed(now: () => number = () => performance.now()): Speed {
  let bytes = 0;
  let lateMs = 0;
  let waited = 0;
  let since: number | null = null;
  const sinceMs = () => (since === null ? 0 : now() - since);
  const kept = (ms: number) => 2 ** (-ms / halfLifeMs);
  return {
    wait(came) {
      bytes += came;
      since ??= now();
    },
    go() {
      const ms = sinceMs();
      bytes *= kept(ms);
      lateMs = lateMs * kept(ms) + ms;
      waited += ms;
      since = null;
    },
    waitedMs: () => waited + sinceMs(),
    bytesPerSecond() {
      const ms = sinceMs();
      const seconds = (lateMs * kept(ms) + ms) / 1000;
      return seconds === 0 ? Number.POSITIVE_INFINITY : (bytes * kept(ms)) / seconds;
    },
  };
}
