// The methods that `compare` sets side by side on a language model, as settings of a task group. All get the same
// local steps a round, the same rank budget for each person (8) and the same batches; the rates were chosen for each
// method on data outside the evaluation (docs/decisions.md). There is no head: personal adapters do it all.
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import type { TrainedMethod } from './method-names.ts';
import type { Budget } from './methods.ts';

/** Batches of 4: they teach as much as those of 8 in as many steps, for half the work (docs/decisions.md). */
export const languageBudget: Budget = { rounds: 8, steps: 8, batchSize: 4 };

type LanguageSettings = Pick<TaskSettingsInput, 'adapter' | 'training'>;

/** A method's adapter and rates; `targets` are the linear modules to adapt. Throws RangeError for `frozen`. */
export function languageSettings(
  method: TrainedMethod,
  targets: readonly string[],
  { steps, batchSize }: Budget,
): LanguageSettings {
  const whole = { rank: 8, alpha: 8, targets: [...targets] };
  const halves = { rank: 4, alpha: 4, personalRank: 4, personalAlpha: 4, targets: [...targets] };
  const personalSteps = Math.round(steps / 2);
  const both = { personalSteps, sharedSteps: steps - personalSteps, batchSize };
  switch (method) {
    case 'base':
      return {
        adapter: { layout: 'alone', rank: 8, alpha: 8, targets: [] },
        training: { personalSteps: 0, sharedSteps: 0, batchSize },
      };
    case 'alone':
      return {
        adapter: { layout: 'alone', ...whole },
        training: { personalSteps: steps, sharedSteps: 0, batchSize, personalRate: 1e-3 },
      };
    case 'global':
      return {
        adapter: { layout: 'global', ...whole },
        training: { personalSteps: 0, sharedSteps: steps, batchSize, sharedRate: 4e-3 },
      };
    case 'dual':
      return {
        adapter: { layout: 'dual', ...halves },
        training: { ...both, sharedRate: 4e-3, personalRate: 2e-3 },
      };
    case 'core':
      return {
        adapter: { layout: 'core', ...whole },
        training: { ...both, sharedRate: 4e-3, personalRate: 5e-2 },
      };
    case 'frozen':
      throw new RangeError('a language model has no head to train on frozen features');
  }
}
