// Whether what a coordinator gave receipts for is in its manifests: counted in the round that the receipt names, or left out with a
// reason. Pure.

import type { Manifest } from '../proofs/manifest.ts';
import { type Receipt, receiptFault } from '../proofs/receipt.ts';
import { isSignedBy } from '../proofs/signatures.ts';
import { contributionForm } from '../proofs/statement.ts';
import type { ReadEntries } from './check-manifest.ts';

export interface HeldReceipt {
  /** The text of the statement that was accepted. */
  readonly statement: string;
  /** Its sender's, under the statement. */
  readonly signature: string;
  readonly receipt: Receipt;
}

interface Told {
  readonly manifest: Manifest;
  readonly entries: Pick<ReadEntries, 'counted' | 'leftOut'>;
}

export interface ReceiptCheck {
  /** The round it counts in, by the receipt. */
  readonly round: number;
  readonly found: 'counted' | 'left out' | 'not yet' | 'before the chain' | 'wrong';
  /** Of what is left out, the reason; of what is wrong, what is. */
  readonly why: string | null;
}

/** `key`: the coordinator's; `told`: manifests in the order of their versions, with the entries of who holds the receipts. */
export function checkReceipt(
  { statement, signature, receipt }: HeldReceipt,
  key: string,
  told: readonly Told[],
): ReceiptCheck {
  const { round } = receipt;
  const wrong = (why: string): ReceiptCheck => ({ round, found: 'wrong', why });
  const fault = receiptFault(receipt, { statement, key });
  if (fault !== null) return wrong(fault);
  const said = contributionForm.read(statement);
  if (said === null) return wrong('its statement is not in the form of one');
  if (said.key === null || !isSignedBy(said.key, statement, signature))
    return wrong('the signature that was sent with it does not hold');
  for (const { manifest, entries } of told) {
    const counted = entries.counted.find((entry) => entry?.statement === statement);
    if (counted != null)
      return manifest.round === round
        ? { round, found: 'counted', why: null }
        : wrong(`it was accepted for round ${round}, and counted in round ${manifest.round}`);
    const leftOut = entries.leftOut.find((entry) => entry?.statement === statement);
    if (leftOut != null) return { round, found: 'left out', why: leftOut.reason };
  }
  const [first] = told;
  const last = told.at(-1);
  if (last === undefined || last.manifest.through < round) return { round, found: 'not yet', why: null };
  if (first!.manifest.begins === 'upgrade' && round < first!.manifest.through)
    return { round, found: 'before the chain', why: null };
  return wrong('no manifest counts it or says why it was left out');
}
