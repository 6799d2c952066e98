// What `colora privacy check` found, as a table and one sentence.
import type { PrivacyReport, SeenFigures } from '@colora/client/privacy-check/check-privacy';
import { isMasked, type TaskSettings } from '@colora/protocol/task-settings';
import type { Separation } from '@colora/training/attacks/separation';
import { print, printTable } from '../../terminal/output.ts';

export interface Conclusion {
  /** What the group's coordinator would see of her. */
  readonly sees: SeenFigures['as'];
  /** Of that, examples or canaries are told apart better than asked for, by more than the error. */
  readonly toldApart: boolean;
}

const names: Readonly<Record<SeenFigures['as'], string>> = {
  plain: 'your update',
  'as-set': 'your update, as the group has it sent',
  sum: 'the sum of %n members',
  'sum-as-set': 'the sum of %n, as the group has it',
};

/** Of a normal distribution, above which one in twenty lies: two sides would ask for more. */
const errorsForSure = 1.645;

export function conclude(
  { rows }: PrivacyReport,
  settings: Pick<TaskSettings, 'privacy'>,
  above: number,
): Conclusion {
  const preferred: SeenFigures['as'][] = isMasked(settings)
    ? ['sum-as-set', 'sum', 'as-set', 'plain']
    : ['as-set', 'plain'];
  const row = preferred.flatMap((as) => rows.find((each) => each.as === as) ?? [])[0]!;
  const isTold = (found: Separation | null) =>
    found !== null && found.auc - errorsForSure * found.standardError > above;
  return { sees: row.as, toldApart: isTold(row.examples) || isTold(row.canaries) };
}

export function printReport(report: PrivacyReport, { sees, toldApart }: Conclusion, above: number): void {
  const { rows, members, trained, guessed, strangers, references, isSplit } = report;
  const name = (as: SeenFigures['as']) => names[as].replace('%n', String(members));
  const hasLabels = rows.some(({ labels }) => labels !== null);
  const hasCanaries = rows.some(({ canaries }) => canaries !== null);
  const header = [
    'what is seen',
    'examples told apart (AUC)',
    ...(hasLabels ? ['label counts off by', 'as an even guess is'] : []),
    ...(hasCanaries ? ['canaries told apart (AUC)', 'exposure (bits)'] : []),
  ];
  const table = rows.map(({ as, examples, labels, canaries }) => [
    name(as),
    errorText(examples),
    ...(hasLabels ? [labels?.error.toFixed(1), labels?.errorOfChance.toFixed(1)] : []),
    ...(hasCanaries ? [canaries === null ? null : errorText(canaries), canaries?.exposure.toFixed(1)] : []),
  ]);
  printTable(header, table, '');
  const row = rows.find(({ as }) => as === sees)!;
  const told = row.labels?.estimate.map(([label, count]) => `${label} ${count.toFixed(0)}`).join(', ');
  const found = [
    `tells your examples from others’ with an AUC of ${errorText(row.examples)}`,
    ...(told === undefined ? [] : [`your labels as ${told}`]),
    ...(row.canaries === null ? [] : [`secrets from guesses with ${errorText(row.canaries)}`]),
  ];
  print();
  print(
    `What the group’s coordinator sees of you, ${name(sees)}, ${found.join(', and ')} (0.5: not at all, 1: each): ` +
      `${toldApart ? `that is above ${above}` : `nothing is told apart better than ${above} for sure`}.`,
  );
  const half = isSplit ? ' (half of yours: the others were held out to tell them from)' : '';
  print(
    `Trained on ${trained} examples${half}; ${guessed} of them guessed at beside ${strangers} others, with ${references} references.` +
      (members === 1 ? ' No sums: there are too few other examples for members to simulate.' : ''),
  );
}

const errorText = ({ auc, standardError }: Separation) => `${auc.toFixed(2)} ± ${standardError.toFixed(2)}`;
