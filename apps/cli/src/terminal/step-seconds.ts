// How long the step under way still takes, out of what the daemons of one process tell.
import type { JoinDisplay } from './join-progress.ts';

/** By what the groups' daemons told last. */
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
