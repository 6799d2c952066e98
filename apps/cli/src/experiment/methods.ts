// The methods that the demo and `compare` set side by side on labels, as settings of a task group. All get the
// same local steps a round, the same rank budget for each person (8) and the same batches; the rates
// were chosen for each method on data outside the evaluation (docs/decisions.md).
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import type { MethodName, TrainedMethod } from './method-names.ts';

export const methodMeanings: Record<MethodName, string> = {
  base: 'the language model as it is, nothing trained',
  frozen: 'each person alone, classifier head on frozen features',
  alone: 'each person alone, own adapter and head',
  global: 'one adapter for all (FedIT)',
  dual: 'shared adapter + personal adapter',
  core: 'shared adapter + personal r x r core (CoLoRA, the default)',
  guarded: 'core and alone, mixed for each person by what her own examples say of them',
};

/** True where something is shared, so that the rounds carry tensors. */
export function isCollaborative(method: TrainedMethod): boolean {
  return method !== 'frozen' && method !== 'base' && method !== 'alone';
}

type MethodSettings = Pick<TaskSettingsInput, 'adapter' | 'training'> & { head: 'by-label' | 'personal' };

export interface Budget {
  readonly rounds: number;
  /** Local steps of one person in one round, personal and shared together. */
  readonly steps: number;
  readonly batchSize: number;
}

export const recipeBudget: Budget = { rounds: 8, steps: 8, batchSize: 8 };

/** A method's adapter, head and rates; `targets` are the linear modules to adapt. Throws RangeError for `base`. */
export function methodSettings(
  method: TrainedMethod,
  targets: readonly string[],
  budget: Budget,
): MethodSettings {
  const { steps, batchSize } = budget;
  const rates = { headRate: 3e-3, batchSize };
  const personalShare = (share: number) => {
    const personalSteps = Math.round(steps * share);
    return { personalSteps, sharedSteps: steps - personalSteps };
  };
  switch (method) {
    case 'frozen':
      return {
        head: 'personal',
        adapter: { layout: 'alone', rank: 8, alpha: 8, targets: [] },
        training: { ...rates, ...personalShare(1) },
      };
    case 'alone':
      return {
        head: 'personal',
        adapter: { layout: 'alone', rank: 8, alpha: 8, targets: [...targets] },
        training: { ...rates, ...personalShare(1), personalRate: 5e-4 },
      };
    case 'global':
      return {
        head: 'by-label',
        adapter: { layout: 'global', rank: 8, alpha: 8, targets: [...targets] },
        training: { ...rates, ...personalShare(0), sharedRate: 8e-3 },
      };
    case 'dual':
      return {
        head: 'by-label',
        adapter: {
          layout: 'dual',
          rank: 4,
          alpha: 4,
          personalRank: 4,
          personalAlpha: 4,
          targets: [...targets],
        },
        training: { ...rates, ...personalShare(0.25), sharedRate: 8e-3, personalRate: 8e-3 },
      };
    case 'core':
      return {
        head: 'by-label',
        adapter: { layout: 'core', rank: 8, alpha: 8, targets: [...targets] },
        training: {
          ...rates,
          ...personalShare(0.25),
          phases: 'joint',
          sharedRate: 8e-3,
          personalRate: 1e-2,
        },
      };
    case 'base':
      throw new RangeError('without a trained head there are no labels to choose');
  }
}
