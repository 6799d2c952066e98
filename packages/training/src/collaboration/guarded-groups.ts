// Which groups' members are guarded, and what they train alone to be measured against.
import type { TaskSettings } from '@colora/protocol/task-settings';

/** Where the evidence is made for: a text's label, its rows common to all who use it, and cores around shared matrices. */
export function isGuarded({ task, adapter }: Pick<TaskSettings, 'task' | 'adapter'>): boolean {
  return task.kind === 'classification' && task.head === 'by-label' && adapter.layout === 'core';
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
      personalRate: 5e-4,
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
