// Whether, and how, a member's own verdict is told to its group.
import { sumsVerdicts } from '@colora/protocol/masking/verdict-settings';
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { isGuarded } from '@colora/training/collaboration/guarded-groups';

/**
 * Figures of one's own examples are not noised: no budget covers them. And with secure aggregation nothing of one member's is told in
 * the clear.
 */
export function tellsFigures(settings: TaskSettings): boolean {
  const isMasked = settings.privacy.secureAggregation !== undefined;
  return isGuarded(settings) && !isAccounted(settings) && !isMasked;
}

/** Under the mask of the last round, where the group sums them up. */
export function tellsFiguresMasked(settings: TaskSettings): boolean {
  return isGuarded(settings) && !isAccounted(settings) && sumsVerdicts(settings);
}

/** For her to read when she joins; null where nothing is told. */
export function tellingOf(settings: TaskSettings): string | null {
  if (tellsFigures(settings))
    return 'of the verdict at the end three whole numbers are told to the group, whose members hear means alone; --no-figures keeps them here';
  return tellsFiguresMasked(settings)
    ? 'of its verdict before the last round figures go under that round’s mask, so that their sums over all who tell are known and nobody’s own; --no-figures keeps them here'
    : null;
}
