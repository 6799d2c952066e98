// How long a step's training still takes, and whether a round can be worked through before its deadline. Only spans of time are compared, measured on a clock
// that runs evenly: what the wall clock of this machine shows does not matter.

/** On a clock that nobody sets. */
export const evenSeconds = () => performance.now() / 1000;

/**
 * What to say when the last round's training took longer than is left; null when there is time enough or nothing is
 * known yet. It is done in any case: the personal part learns all the same, and a late contribution may still count.
 */
export function tooLittleTime(lastSeconds: number | null, secondsLeft: number | undefined): string | null {
  if (lastSeconds === null || secondsLeft === undefined || lastSeconds <= secondsLeft) return null;
  return (
    `${Math.round(secondsLeft)} s are left and training took ${Math.ceil(lastSeconds)} s in the last round: this ` +
    'contribution will probably come too late; the personal part learns all the same. If this is so each time, ask ' +
    'the group’s admin for a longer deadline or fewer steps'
  );
}

/**
 * Seconds until the last of `of` steps, by the mean of those `done` that came after the first, which compiles; null before
 * the second. `firstSeconds`, `seconds`: from the start to the end of the first step, and to now.
 */
export function secondsToLastStep(
  done: number,
  of: number,
  { firstSeconds, seconds }: { readonly firstSeconds: number; readonly seconds: number },
): number | null {
  if (done < 2) return null;
  return ((seconds - firstSeconds) / (done - 1)) * Math.max(0, of - done);
}
