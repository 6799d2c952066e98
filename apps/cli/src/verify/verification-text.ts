// A verification as people read it, and as programs do.
import type { LeftOutEntry } from '@colora/protocol/proofs/manifest-entry';
import { print, printTable } from '../terminal/output.ts';
import type { Verification } from './run-verification.ts';
import type { CheckpointReport } from './verify-group.ts';

export function verificationJson({
  group,
  key,
  isKeyKnown,
  holds,
  checkpoints,
  receipts,
  damaged,
}: Verification) {
  return {
    ...{ group, holds, coordinatorKey: key, isKeyKnown },
    checkpoints: checkpoints.map(({ manifest, entries, ...report }) => ({
      ...report,
      made: manifest?.made ?? null,
      round: manifest?.round ?? null,
      begins: manifest?.begins ?? null,
      counted: manifest?.counted.length ?? null,
      leftOut: manifest?.leftOut.length ?? null,
      leftOutBecause: reasonsOf(entries.leftOut),
    })),
    receipts,
    damagedReceipts: damaged,
  };
}

/** How often each reason stands in the entries that are shown. */
function reasonsOf(leftOut: readonly (LeftOutEntry | null)[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const entry of leftOut) if (entry !== null) reasons[entry.reason] = (reasons[entry.reason] ?? 0) + 1;
  return reasons;
}

export function printVerification(verification: Verification): void {
  const { group, checkpoints, receipts, damaged, key, isKeyKnown, holds } = verification;
  printTable(
    ['checkpoint', 'made by', 'counted', 'left out', 'bytes', 'made once more'],
    checkpoints.map(rowOf),
    `${group} has no manifests: nothing of it can be verified.`,
  );
  const [first] = checkpoints;
  if (first?.manifest?.begins === 'upgrade')
    print(`manifests begin with checkpoint ${first.version}: nothing is proved of those before`);
  for (const { version, faults } of checkpoints)
    for (const fault of faults) print(`checkpoint ${version}: ${fault}`);
  for (const { round, found, why } of receipts)
    if (found === 'wrong') print(`the receipt for round ${round}: ${why}`);
  if (damaged > 0) print(`${damaged} lines of the workspace’s receipts are none any more`);
  const last = checkpoints.at(-1);
  if (last !== undefined)
    print(`manifest of checkpoint ${last.version}: ${last.sha256} (the same for whoever verifies it)`);
  if (receipts.length > 0) print(`your receipts: ${receiptsText(receipts)}`);
  print(
    isKeyKnown
      ? `all held to the coordinator’s key ${key}`
      : `all held to the key that it says is the coordinator’s, ${key}: ask whoever runs it, by another way, whether that is so`,
  );
  if (checkpoints.length > 0) print(holds ? 'what was looked at holds' : 'NOT as it is told');
}

function rowOf({
  version,
  manifest,
  entries,
  bytes,
  replayed,
  notReplayedBecause,
  faults,
}: CheckpointReport) {
  const made = manifest?.made === 'round' ? `round ${manifest.round}` : (manifest?.made ?? null);
  const reasons = Object.entries(reasonsOf(entries.leftOut)).map(([reason, times]) => `${times} ${reason}`);
  const leftOut = manifest?.leftOut.length ?? 0;
  const whyLeftOut = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  const again = faults.length > 0 ? 'see below' : replayed ? 'the same bytes' : `no: ${notReplayedBecause}`;
  return [version, made, manifest?.counted.length ?? null, `${leftOut}${whyLeftOut}`, bytes, again];
}

function receiptsText(receipts: Verification['receipts']): string {
  const counts = new Map<string, number>();
  for (const { found, why } of receipts) {
    const what = found === 'left out' ? `left out (${why})` : found;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
}
