// What the displays of several groups' daemons are told of their steps, for who waits for the one under way to end. What is shown
// of a step is join-progress.ts's.
import type { JoinDisplay } from './join-progress.ts';

/** How long the step under way still takes, by what the groups' daemons told last. */
export function watchSteps() {
  let endsAt: number | null = null;
  return {
    secondsLeft: () => (endsAt === null ? null : (endsAt - performance.now()) / 1000),
    watched: ({ log, onProgress }: JoinDisplay): JoinDisplay => ({
      log,
      onProgress(progress) {
        if (progress.kind === 'working' || progress.kind === 'step') {
          const { stepSecondsLeft: left } = progress;
          endsAt = left === null ? null : performance.now() + 1000 * left;
        }
        onProgress(progress);
      },
    }),
  };
}
