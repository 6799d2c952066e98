// One verification from beginning to end: every checkpoint's report, and a member's receipts held to them. What is printed of it is
// verification-text.ts's.
import type { KeptReceipt } from '@colora/client/kept-proofs';
import { checkReceipt, type ReceiptCheck } from '@colora/protocol/verification/check-receipts';
import type { ProofSource } from './proof-source.ts';
import { type CheckpointReport, verifyGroup } from './verify-group.ts';

export interface Verification {
  readonly group: string;
  /** The coordinator's public key that all was held to, and whether it was known before. */
  readonly key: string;
  readonly isKeyKnown: boolean;
  readonly checkpoints: readonly CheckpointReport[];
  readonly receipts: readonly ReceiptCheck[];
  /** Lines among the receipts that are none. */
  readonly damaged: number;
  /** There is something, and nothing of what was looked at is wrong. */
  readonly holds: boolean;
}

interface VerificationOptions {
  /** The coordinator's, from somewhere else than the source; undefined: the source's own word is taken. */
  readonly key?: string | undefined;
  readonly checkpoint?: number | undefined;
  readonly receipts: readonly KeptReceipt[];
  /** Lines among the receipts that are none. */
  readonly damaged?: number;
}

export async function runVerification(
  source: ProofSource,
  { key: known, checkpoint, receipts, damaged = 0 }: VerificationOptions,
): Promise<Verification> {
  const key = known ?? source.key;
  const checkpoints: CheckpointReport[] = [];
  for await (const report of verifyGroup(source, { key, checkpoint })) checkpoints.push(report);
  const told = checkpoints.flatMap(({ manifest, entries }) =>
    manifest === null ? [] : [{ manifest, entries }],
  );
  const checked = receipts.map((held) => checkReceipt(held, key, told));
  return {
    group: source.group,
    key,
    isKeyKnown: known !== undefined,
    checkpoints,
    receipts: checked,
    damaged,
    holds:
      checkpoints.length > 0 &&
      damaged === 0 &&
      checkpoints.every(({ faults }) => faults.length === 0) &&
      checked.every(({ found }) => found !== 'wrong'),
  };
}
