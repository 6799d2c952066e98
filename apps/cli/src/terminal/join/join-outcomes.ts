// What `colora join` says at its end: how each group's daemon fared, and its verdict.
import type { ClientOutcome } from '@colora/client/session/client-options';
import { verdictJson, verdictText } from '../../verdict-text.ts';
import { print, printJson, printTable } from '../output.ts';

export type Outcomes = (readonly [group: string, outcome: ClientOutcome])[];

export function reportOutcomes(
  flags: { readonly json?: boolean; readonly workspace: string },
  outcomes: Outcomes,
): void {
  if (flags.json) {
    const items = outcomes.map(([group, { guard, ...outcome }]) => ({
      ...{ group, ...outcome },
      guard: guard === null ? null : verdictJson(guard),
    }));
    printJson(items.length === 1 ? items[0] : items);
    return;
  }
  const rows = outcomes.map(([group, outcome]) => [
    group,
    outcome.state,
    outcome.rounds,
    outcome.examples,
    outcome.accuracy === undefined ? null : `${(100 * outcome.accuracy).toFixed(1)} %`,
    outcome.loss === undefined ? null : outcome.loss.toFixed(4),
  ]);
  printTable(
    ['group', 'state', 'contributed', 'examples', 'held-out accuracy', 'loss'],
    rows,
    'Nothing was done.',
  );
  for (const [group, { guard }] of outcomes) if (guard !== null) print(`${group}: ${verdictText(guard)}`);
  if (outcomes.every(([, outcome]) => outcome.participant === null)) return; // stopped before it had joined
  print(`The personal part is in ${flags.workspace}; colora predict, generate, evaluate and export use it.`);
}
