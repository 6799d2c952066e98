// What the contributions that hold a tensor weigh together, for members to keep account of their own part. What a tensor that
// didn't move weighs is nothing, and it isn't there.
import type { Sender } from '@colora/aggregation/rules/rule';

/** `held`: by sender, the names of the tensors of each. */
export function tensorWeights(
  { senders, held }: { readonly senders: readonly Sender[]; readonly held: readonly ReadonlySet<string>[] },
  moved: ReadonlySet<string>,
): Record<string, number> {
  const totals: Record<string, number> = {};
  held.forEach((names, sender) => {
    for (const name of names)
      if (moved.has(name)) totals[name] = (totals[name] ?? 0) + senders[sender]!.weight;
  });
  return totals;
}
