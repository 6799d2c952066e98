// How long a step takes on this machine, by those that were taken before. Spans on an even clock; who measures them is
// watch-work.ts.

/** So many are remembered: a machine that gets slower, or is freed, is noticed. */
const remembered = 16;

export interface StepTimes {
  add(seconds: number): void;
  /** Seconds that the next one will take; null before the first. */
  expected(): number | null;
  /** The same, but null while only the first is known, which prepares what all need. */
  settled(): number | null;
}

export function createStepTimes(): StepTimes {
  let first: number | null = null;
  const later: number[] = [];
  const settled = () =>
    later.length === 0 ? null : later.reduce((sum, seconds) => sum + seconds, 0) / later.length;
  return {
    add(seconds) {
      if (first === null) {
        first = seconds;
        return;
      }
      later.push(seconds);
      if (later.length > remembered) later.shift();
    },
    expected: () => settled() ?? first,
    settled,
  };
}

/** Seconds until the last of `of` steps; `running`: since the step under way began. Null where nothing is known of them. */
export function secondsToLastStep(
  done: number,
  of: number,
  { expected, running }: { readonly expected: number | null; readonly running: number },
): number | null {
  if (expected === null) return null;
  if (done >= of) return 0;
  return Math.max(0, expected - running) + expected * (of - done - 1);
}
