// What members tell of their own examples beside their contributions is not noised: a group with a privacy budget takes none of it.
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import { ProblemError } from '@colora/protocol/problems';
import { settingsOf } from './stored-settings.ts';

/** Throws ProblemError 'invalid-request' where the group has a budget. */
export function assertUncovered(group: { readonly name: string; readonly settings: unknown }): void {
  if (!isAccounted(settingsOf(group))) return;
  throw new ProblemError(
    'invalid-request',
    `${group.name} has a privacy budget, which figures of one's own examples would pass by: it takes none`,
  );
}
