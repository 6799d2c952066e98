// How many members have to hold a tensor before a round moves it: what a single member, or two, sent of it would else stand in
// the checkpoint for everybody to read. Pure, and it streams as
// the rules do: which tensors move is known from headers, before a value is read. Who counts as a member of which group, and what becomes of the rest, is the coordinator's and its owners' affair.
import type { TensorMap } from '@colora/tensors/tensor';
import type { AggregationRule } from '../rules/rule.ts';
import { type RoundContributions, type RuleOutcome, runRule } from '../run-rule.ts';

/**
 * `setting`, or the number of members where that is smaller; at least 1. `members`: of the group when the round opened, or was
 * last tried again, kept with the round; those who left or were revoked are none.
 */
export function membersNeeded(setting: number, members: number): number {
  return Math.max(1, Math.min(setting, members));
}

/** A round's contributions, one a member, with the names of the tensors that each holds: in the senders' order. */
export interface HeldContributions extends RoundContributions {
  readonly held: readonly ReadonlySet<string>[];
}

export interface MovedTogether extends RuleOutcome {
  /** The tensors that at least `needed` members hold, of those whose contributions the rule took. */
  readonly moved: ReadonlySet<string>;
}

/**
 * Runs a rule (run-rule.ts) over what at least `needed` members hold, as if nobody had sent the rest; norms stay those of what was
 * sent. A rule that leaves contributions out may leave a tensor to fewer: it stays too. Throws what runRule throws.
 */
export async function moveTogether(
  rule: AggregationRule,
  round: HeldContributions,
  needed: number,
  state: TensorMap,
): Promise<MovedTogether> {
  const sent = tensorsOf(round.held, needed);
  const outcome = await runRule(rule, only(round, sent), state);
  const { coefficients } = outcome;
  const taken = coefficients === null ? round.held : round.held.filter((_, i) => coefficients[i]! > 0);
  const moved = tensorsOf(taken, needed);
  return { ...outcome, update: new Map([...outcome.update].filter(([name]) => moved.has(name))), moved };
}

function tensorsOf(held: readonly ReadonlySet<string>[], needed: number): ReadonlySet<string> {
  const holders = new Map<string, number>();
  for (const names of held) for (const name of names) holders.set(name, (holders.get(name) ?? 0) + 1);
  return new Set([...holders].filter(([, members]) => members >= needed).map(([name]) => name));
}

function only(round: RoundContributions, names: ReadonlySet<string>): RoundContributions {
  return {
    ...round,
    async *rows(window) {
      const isThere = window.ranges.map(({ name }) => names.has(name));
      for await (const rows of round.rows(window))
        yield rows.map((row, range) => (isThere[range] ? row : null));
    },
  };
}
