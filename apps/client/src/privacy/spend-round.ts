// A round's part in what a member spends: looked up and held to her limit before it is trained, told once it is.
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Log } from '../client-log.ts';
import type { GroupPaths } from '../workspace/group-workspace.ts';
import { assertOwnBudget, ownEpsilon, withRound } from './own-budget.ts';
import { type KeptSpending, readSpending } from './spending-store.ts';

/** What of a daemon's session it takes. */
interface Spender {
  readonly group: { readonly name: string; readonly createdAt: string; readonly settings: TaskSettings };
  readonly paths: Pick<GroupPaths, 'spending'>;
  readonly options: { readonly limits?: { readonly maxEpsilon?: number | undefined } | undefined };
  readonly log: Log;
}

/**
 * What she will have spent with one more round; null where nothing is counted. `committed`: rounds of the group that are. Throws
 * ClientError 'excessive' where she allows less.
 */
export async function spendingWith(
  { group, paths, options }: Spender,
  committed: number,
): Promise<KeptSpending | null> {
  const kept = await readSpending(paths.spending, group.createdAt);
  const next = withRound(kept, group, committed);
  assertOwnBudget(group.name, next, options.limits?.maxEpsilon);
  return next;
}

export function tellSpending({ log, group }: Spender, round: number, spending: KeptSpending | null): void {
  if (spending === null) return;
  const { epsilon: budget } = group.settings.privacy;
  const epsilon = Number(ownEpsilon(spending).toPrecision(4));
  const of = budget === undefined ? '' : ` of the group’s ${budget}`;
  log('info', `round ${round}: your epsilon is ${epsilon}${of} at delta ${spending.delta}`, {
    round,
    epsilon,
  });
}
