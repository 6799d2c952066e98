// What a run tells at its end.
import type { LedgerEntry } from './clients/ledger.ts';
import { faultKinds } from './faults/fault-kinds.ts';
import type { ChaosOptions } from './options.ts';
import type { ChaosReport } from './run-chaos.ts';

export function summarise(report: ChaosReport, { seed, minutes }: ChaosOptions): string[] {
  const { faults, violations, notes, last, ledgers } = report;
  const entries = ledgers.flatMap((ledger) => ledger.entries);
  const of = (kind: LedgerEntry['kind']) => entries.filter((one) => one.kind === kind);
  const acknowledged = new Set(of('acknowledged').map((one) => 'sha256' in one && one.sha256));
  const states = tally(last.records.rounds.map(({ state }) => state));
  return [
    '',
    `seed ${seed}, ${minutes} minutes, ${faults.length} faults`,
    ...faultKinds.map(
      ({ name }) => `  ${name.padEnd(26)} ${faults.filter(({ kind }) => kind === name).length}`,
    ),
    `rounds: ${inWords(states)}; ${last.replayed} replayed, ${last.hashed} blobs hashed`,
    ...last.records.groups.map(
      ({ name, committedRounds, state }) => `  ${name.padEnd(26)} ${committedRounds} (${state})`,
    ),
    `contributions: ${acknowledged.size} acknowledged, ${of('sending').length} attempts, ${of('lost').length} without an answer`,
    `  refused: ${inWords(tally(of('refused').map((one) => ('code' in one ? one.code : ''))))}`,
    `  without an answer: ${inWords(tally(of('lost').map((one) => ('reason' in one ? reasonOf(one.reason) : ''))))}`,
    ...notes.map((note) => `note: ${note}`),
    `violations: ${violations.length}`,
    ...violations.map((violation) => `  ${violation}`),
  ];
}

/** Addresses and numbers left out, so that like goes with like. */
function reasonOf(reason: string): string {
  return reason
    .replace(/^cannot reach \S+: /, '')
    .replace(/http:\S+/g, '')
    .slice(0, 60);
}

function tally(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function inWords(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'none';
}
