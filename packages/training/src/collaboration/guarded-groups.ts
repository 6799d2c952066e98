// Which groups' members are guarded, and what they train alone to be measured against.
import type { TaskSettings } from '@colora/protocol/task-settings';

/**
 * Where the evidence is made for: cores around shared matrices, of language models, and of classifications of texts whose
 * head rows are common to all who use the label.
 */
export function isGuarded(settings: Pick<TaskSettings, 'task' | 'adapter'>): boolean {
  const { task, adapter } = settings;
  if (adapter.layout !== 'core') return false;
  if (isBlended(settings)) return adapter.targets.length > 0;
  return task.kind === 'classification' && task.head === 'by-label';
}

/** Whether the two models are added up to one (blend-weight.ts); else their predictions are mixed (mixing-weights.ts). */
export function isBlended({ task }: Pick<TaskSettings, 'task'>): boolean {
  return task.kind === 'causal-lm';
}

/** Steps of the arm trained alone: as many as the usual 8 rounds have. */
export const aloneSteps = 64;

/**
 * The same task, model, batches and rank, nothing shared: an own LoRA and an own head by the recipe that proved itself for
 * them, whatever the group trains with.
 */
export function aloneSettings(settings: TaskSettings): TaskSettings {
  const { task, adapter, training } = settings;
  return {
    ...settings,
    task: 'head' in task ? { ...task, head: 'personal' } : task,
    adapter: { ...adapter, layout: 'alone' },
    training: {
      ...training,
      optimizer: 'adam',
      contribution: 'delta',
      personalRate: task.kind === 'causal-lm' ? 1e-3 : 5e-4,
      headRate: 3e-3,
      weightDecay: 0,
      schedule: 'constant',
      warmup: 0,
      validation: 0,
      proximal: 0,
      controls: false,
    },
  };
}
