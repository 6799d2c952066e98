// What of the shared tensors is this member's own, as it is kept beside the personal part: what was applied of it, and what
// was sent and isn't known yet to be applied. One rename moves it with everything of the round (personal-store.ts). It is
// summed by training's own-account.ts; what was applied with which weight is asked by round/settle-account.ts.
import type { TensorMap } from '@colora/tensors/tensor';
import type { OwnAccount } from '@colora/training/collaboration/own-account';
import { z } from 'zod';
import { underPrefix, withPrefix } from './prefixed-tensors.ts';

/** A contribution as the coordinator decodes it. */
export interface SentContribution {
  /** That it was made for. */
  readonly round: number;
  /** Null of a masked one: each attempt at its round has other bytes. */
  readonly sha256: string | null;
  readonly tensors: TensorMap;
}

export interface KeptAccount {
  readonly applied: OwnAccount;
  /** Of that, what others' rounds haven't taken back of the adapters (training's standing-part.ts); empty where nothing is. */
  readonly standing: OwnAccount;
  /** In the order of their rounds. */
  readonly open: readonly SentContribution[];
  /** The checkpoint whose own part `applied` is, in full; null before the first. */
  readonly version: number | null;
  /** Why nobody can tell any more; null where all is known. */
  readonly lost: string | null;
}

export const emptyAccount: KeptAccount = {
  applied: new Map(),
  standing: new Map(),
  open: [],
  version: null,
  lost: null,
};

/** From now on nothing is kept: no later contribution would make it whole again. */
export function lostAccount(why: string): KeptAccount {
  return { ...emptyAccount, lost: why };
}

export function withSent(account: KeptAccount, sent: SentContribution): KeptAccount {
  return account.lost === null ? { ...account, open: [...account.open, sent] } : account;
}

export const accountMarkSchema = z.object({
  open: z.array(z.object({ round: z.int(), sha256: z.string().nullable() })),
  version: z.int().nullable(),
  lost: z.string().nullable(),
});
type AccountMark = z.infer<typeof accountMarkSchema>;

const appliedPrefix = 'applied:';
const standingPrefix = 'standing:';
const sentPrefix = (round: number) => `sent/${round}:`;

export function accountMark({ open, version, lost }: KeptAccount): AccountMark {
  return { open: open.map(({ round, sha256 }) => ({ round, sha256 })), version, lost };
}

export function accountTensors({ applied, standing, open }: KeptAccount): TensorMap {
  return new Map([
    ...underPrefix(appliedPrefix, applied),
    ...underPrefix(standingPrefix, standing),
    ...open.flatMap(({ round, tensors }) => [...underPrefix(sentPrefix(round), tensors)]),
  ]);
}

/** `tensors`: of the file, its other ones among them. */
export function accountOf(mark: AccountMark, tensors: TensorMap): KeptAccount {
  const sent = mark.open.map((one) => ({ ...one, tensors: withPrefix(tensors, sentPrefix(one.round)) }));
  const { version, lost } = mark;
  const [applied, standing] = [withPrefix(tensors, appliedPrefix), withPrefix(tensors, standingPrefix)];
  return { applied, standing, open: sent, version, lost };
}
