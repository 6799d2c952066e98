// When a member should ask again if it hears nothing. Hints reach an open socket, so that its owner asks only lest one
// was lost; who has none asks the more rarely the more members there are, so that they don't wear the coordinator out.

const socketSeconds = 60;
const maxSeconds = 60;
export const longestPollSeconds = 1.25 * maxSeconds;
/** So many members without a socket may ask a coordinator each second. */
const askingPerSecond = 100;
/** So many may ask in the same moment, when all of a group hear a hint; and so many a second where they are more. */
const hintedPerSecond = 200;

/**
 * `members`: of the group, for one without a socket; null for one that has it. `random`, in [0, 1), spreads members who
 * began together (a restart, a round for all) over half of the time again.
 */
export function pollSeconds(members: number | null, random: number): number {
  if (members === null) return socketSeconds * (0.75 + 0.5 * random);
  const seconds = Math.min(maxSeconds, Math.max(1, members / askingPerSecond));
  return seconds * (0.75 + 0.5 * random);
}

/** Over how long the members of a group should spread their questions after a hint that all of them heard. */
export function spreadSeconds(members: number): number {
  return members <= hintedPerSecond ? 0 : members / hintedPerSecond;
}
