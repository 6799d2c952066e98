// What of the shared tensors is this member's own, as it is kept beside the personal part: what was applied of it, and what
// was sent and isn't known yet to be applied. One rename moves it with everything of the round (personal-store.ts). It is
// summed by training's own-account.ts; what was applied with which weight is asked by round/settle-account.ts.
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import type { OwnAccount } from '@colora/training/collaboration/own-account';
import { z } from 'zod';

/** A contribution as the coordinator decodes it. */
export interface SentContribution {
  /** That it was made for. */
  readonly round: number;
  readonly sha256: string;
  readonly tensors: TensorMap;
}

export interface KeptAccount {
  readonly applied: OwnAccount;
  /** In the order of their rounds. */
  readonly open: readonly SentContribution[];
  /** The checkpoint whose own part `applied` is, in full; null before the first. */
  readonly version: number | null;
  /** Why nobody can tell any more; null where all is known. */
  readonly lost: string | null;
}

export const emptyAccount: KeptAccount = { applied: new Map(), open: [], version: null, lost: null };

/** From now on nothing is kept: no later contribution would make it whole again. */
export function lostAccount(why: string): KeptAccount {
  return { ...emptyAccount, lost: why };
}

export function withSent(account: KeptAccount, sent: SentContribution): KeptAccount {
  return account.lost === null ? { ...account, open: [...account.open, sent] } : account;
}

export const accountMarkSchema = z.object({
  open: z.array(z.object({ round: z.int(), sha256: z.string() })),
  version: z.int().nullable(),
  lost: z.string().nullable(),
});
type AccountMark = z.infer<typeof accountMarkSchema>;

const appliedPrefix = 'applied:';
const sentPrefix = (round: number) => `sent/${round}:`;

export function accountMark({ open, version, lost }: KeptAccount): AccountMark {
  return { open: open.map(({ round, sha256 }) => ({ round, sha256 })), version, lost };
}

export function accountTensors({ applied, open }: KeptAccount): [string, Tensor][] {
  const named = (prefix: string, tensors: TensorMap) =>
    [...tensors].map(([name, tensor]): [string, Tensor] => [prefix + name, tensor]);
  return [
    ...named(appliedPrefix, applied),
    ...open.flatMap(({ round, tensors }) => named(sentPrefix(round), tensors)),
  ];
}

/** `under`: the tensors whose names begin so, without it. */
export function accountOf(mark: AccountMark, under: (prefix: string) => TensorMap): KeptAccount {
  const open = mark.open.map((sent) => ({ ...sent, tensors: under(sentPrefix(sent.round)) }));
  return { applied: under(appliedPrefix), open, version: mark.version, lost: mark.lost };
}
