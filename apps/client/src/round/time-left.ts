// Whether a round can be worked through before its deadline. Only spans of time are compared, measured on a clock that runs
// evenly: what the wall clock of this machine shows does not matter.

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
