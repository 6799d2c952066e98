// What a member's own part in a group reveals of her, counted by herself: told to her, held to her own limit (--max-epsilon) before a
// round is trained, and kept before anything of it can be sent. Whether a round really was committed, and whom the coordinator drew,
// is its word: each round that she trains counts, and where coins decide who is asked, each that was committed meanwhile too.
import { epsilonSpent, type Spending } from '@colora/privacy/accounting/spending';
import { samplingRateOf } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { ClientError } from '../client-error.ts';
import type { KeptSpending } from './spending-store.ts';

/** Null where the group has no budget: nothing is claimed, and nothing counted. */
function noiseOf(settings: TaskSettings): (Omit<Spending, 'rounds'> & { readonly delta: number }) | null {
  const { noiseMultiplier, delta } = settings.privacy;
  if (noiseMultiplier === undefined || delta === undefined) return null;
  return { noiseMultiplier, rate: samplingRateOf(settings), delta };
}

/**
 * With one more round in it; null where nothing is counted. `committed`: rounds of the group that are. Killed between this and
 * keeping what was trained, the round is trained again and counts twice: never too little.
 */
export function withRound(
  kept: KeptSpending | null,
  group: { readonly createdAt: string; readonly settings: TaskSettings },
  committed: number,
): KeptSpending | null {
  const noise = noiseOf(group.settings);
  if (noise === null) return null;
  const { delta, ...each } = noise;
  const before = kept ?? { groupCreatedAt: group.createdAt, delta, spent: [], committed };
  const passed = each.rate < 1 ? Math.max(0, committed - before.committed) : 0;
  return {
    ...{ groupCreatedAt: group.createdAt, delta },
    spent: added(before.spent, each, passed + 1),
    committed: Math.max(before.committed, committed + 1),
  };
}

function added(spent: KeptSpending['spent'], noise: Omit<Spending, 'rounds'>, rounds: number) {
  const isSame = (one: Spending) => one.noiseMultiplier === noise.noiseMultiplier && one.rate === noise.rate;
  const others = spent.filter((one) => !isSame(one));
  return [...others, { ...noise, rounds: rounds + (spent.find(isSame)?.rounds ?? 0) }];
}

export function ownEpsilon({ spent, delta }: Pick<KeptSpending, 'spent' | 'delta'>): number {
  return epsilonSpent(spent, delta);
}

/** Throws ClientError 'excessive' where another round would pass what the member allows. */
export function assertOwnBudget(
  group: string,
  next: KeptSpending | null,
  maxEpsilon: number | undefined,
): void {
  if (next === null || maxEpsilon === undefined) return;
  const epsilon = ownEpsilon(next);
  if (epsilon <= maxEpsilon) return;
  throw new ClientError(
    'excessive',
    `another round of ${group} would take your epsilon to ${epsilon.toPrecision(4)} at delta ${next.delta}, and --max-epsilon allows ${maxEpsilon}: nothing more is trained or sent; leave the group (colora leave), or allow more`,
  );
}
