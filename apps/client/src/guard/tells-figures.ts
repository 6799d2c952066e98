// Whether a member's own verdict is told to its group.
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { isGuarded } from '@colora/training/collaboration/guarded-groups';

/**
 * Figures of one's own examples are not noised: no budget covers them. And with secure aggregation nothing of one member's is told in
 * the clear. Her own evidence decides alone in both.
 */
export function tellsFigures(settings: TaskSettings): boolean {
  const isMasked = settings.privacy.secureAggregation !== undefined;
  return isGuarded(settings) && !isAccounted(settings) && !isMasked;
}
