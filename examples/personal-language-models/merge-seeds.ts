// The figures of several runs of `colora compare`, one a draw of data, as those of one: means, standard errors over
// people and draws, and the paired differences of each draw by itself.
import { type Figures, score, summarise } from '@colora/cli/experiment/figures';

export function mergeSeeds(runs: readonly Figures[]): Figures {
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  const users = runs.flatMap((run) => run.users);
  const losses = runs.flatMap((run) => run.losses?.users ?? []);
  return { ...summarise(users, seconds, runs[0]!.engine), losses: score(losses) };
}

/** Mean of `core` minus each other method, in points of exact match, a line a draw. */
export function differencesBySeed(runs: readonly Figures[]): string[] {
  return runs.map(({ seeds, differences }) => {
    const words = Object.entries(differences).map(
      ([name, { mean }]) => `${name} ${mean >= 0 ? '+' : ''}${(100 * mean).toFixed(1)}`,
    );
    return `draw ${seeds.join()}: ${words.join(', ')}`;
  });
}
