// What became of what a member sent, as her own entries of the signed manifests say it: all that her key is shown of them.
import { countedForm, leftOutForm, type ManifestEntry } from '@colora/protocol/proofs/manifest-entry';

export interface OwnEntry {
  readonly inVersion: number;
  readonly madeFor: number;
  /** In words: counted, or why not. */
  readonly outcome: string;
  /** Null of what never came. */
  readonly sha256: string | null;
  /** Null of what doesn't count. */
  readonly counted: {
    readonly bytes: number;
    readonly examples: number;
    readonly weight: number;
    readonly norm: number;
    /** 0: left out by the rule; null of rules that look at each value by itself. */
    readonly part: number | null;
  } | null;
}

/** Null of a text that this page doesn't know: of a newer coordinator. */
export function ownEntry(
  { list, text }: Pick<ManifestEntry, 'list' | 'text'>,
  inVersion: number,
): OwnEntry | null {
  if (list === 'counted') {
    const entry = countedForm.read(text);
    if (entry === null) return null;
    const { madeFor, sha256, bytes, examples, weight, norm, part } = entry;
    return {
      inVersion,
      madeFor,
      outcome: 'counted',
      sha256,
      counted: { bytes, examples, weight, norm, part },
    };
  }
  const entry = leftOutForm.read(text);
  if (entry === null) return null;
  const { madeFor, sha256, reason, times } = entry;
  const outcome = `${reason.replaceAll('-', ' ')}${times > 1 ? `, ${times} times` : ''}`;
  return { inVersion, madeFor, outcome, sha256, counted: null };
}
