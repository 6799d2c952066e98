// The local optimizer that a task group's settings name.
import type { TaskSettings } from '@colora/protocol/task-settings';
import { adam } from './adam.ts';
import type { LocalOptimizer } from './local-optimizer.ts';
import { sgd } from './sgd.ts';

export function chooseLocalOptimizer(
  settings: Pick<TaskSettings['training'], 'optimizer' | 'weightDecay'>,
): LocalOptimizer {
  const { optimizer, weightDecay } = settings;
  if (optimizer === 'sgd') return sgd({ weightDecay });
  return adam({ weightDecay, decoupled: optimizer === 'adamw' });
}
