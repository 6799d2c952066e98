// Hostile connections in a process of their own, so that they cost the honest members none of theirs. Told by one message what to do,
// ended by a signal.
import { type AttackName, attack } from '../../test/support/attackers.ts';

export interface Attacks {
  readonly url: string;
  readonly group: string;
  readonly lobby: string;
  readonly bytes: number;
  /** One connection each. */
  readonly each: readonly { readonly name: AttackName; readonly key: string }[];
}

process.once('message', ({ url, each, ...more }: Attacks) => {
  const stopped = new AbortController().signal;
  for (const { name, key } of each) void attack(name, { ...more, key, url: () => url, stopped });
});
