// Figures as the tables people read. Percent here, fractions everywhere else; losses as they are.
import { padEnd, padStart, textWidth } from '../terminal/fit-text.ts';
import { comparedMethods, type PersonFigures, proposed, type Scores } from './figures.ts';
import { opinionWords } from './guard-lines.ts';
import type { MethodName } from './method-names.ts';
import { type Estimate, estimate } from './statistics.ts';

/** How a kind of figure is called and written. */
export interface Unit {
  readonly title: string;
  readonly text: (value: number) => string;
}

const points = (value: number) => (100 * value).toFixed(1);
export const accuracyUnit: Unit = { title: 'held-out accuracy, %', text: points };
export const exactMatchUnit: Unit = { title: 'held-out exact match, %', text: points };
export const lossUnit: Unit = { title: 'held-out loss, nats a token', text: (value) => value.toFixed(3) };

/** Of a single value no error can be told. */
function formatMean({ text }: Unit, values: readonly number[]): string {
  const { mean, standardError } = estimate(values);
  return values.length === 1 ? text(mean) : `${text(mean)} ± ${text(standardError)}`;
}

export function formatDifference({ mean, standardError }: Estimate, { text }: Unit = accuracyUnit): string {
  return `${mean >= 0 ? '+' : '-'}${text(Math.abs(mean))} ± ${text(standardError)}`;
}

/** Rows of cells to aligned lines; the first column is left-aligned, the others right-aligned. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => textWidth(row[column]!))));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? padEnd(cell, widths[column]!) : padStart(cell, widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** The scores by group (averaged over people and seeds), then over everybody, then what `core` and `guarded` gain. */
export function figuresTable(scores: Scores, unit: Unit = accuracyUnit): string[] {
  const methods = comparedMethods(scores.users);
  const groups = [...new Set(scores.users.map((user) => user.group))];
  const cells = (users: readonly PersonFigures[]) =>
    methods.map((method) =>
      formatMean(
        unit,
        users.map((user) => user[method]!),
      ),
    );
  const groupRows =
    groups.length > 1
      ? groups.map((group) => [group, ...cells(scores.users.filter((user) => user.group === group))])
      : [];
  const gainsOf = (better: MethodName) =>
    methods.map((method) => {
      const difference = scores.differences[`${better} - ${method}`];
      return difference === undefined ? '' : formatDifference(difference, unit);
    });
  return alignColumns([
    [unit.title, ...methods],
    ...groupRows,
    ['everybody', ...cells(scores.users)],
    ...proposed
      .filter((method) => methods.includes(method))
      .map((method) => [`${method} minus this`, ...gainsOf(method)]),
  ]);
}

/** One row a person (and seed), with what her own examples said where she is guarded. */
export function peopleTable({ users }: Scores, unit: Unit = accuracyUnit): string[] {
  const methods = comparedMethods(users);
  const manySeeds = new Set(users.map((user) => user.seed)).size > 1;
  const guarded = users.every(({ weightOfCore }) => weightOfCore !== undefined);
  const said = ({ weightOfCore, verdict, cluster }: PersonFigures) =>
    weightOfCore === undefined
      ? []
      : [weightOfCore.toFixed(2), verdict == null ? '-' : opinionWords[verdict], String(cluster ?? '-')];
  return alignColumns([
    [
      ...['person', 'group', ...(manySeeds ? ['seed'] : []), ...methods],
      ...(guarded ? ['weight of core', 'told', 'cluster'] : []),
    ],
    ...users.map((user) => [
      user.user,
      user.group,
      ...(manySeeds ? [String(user.seed)] : []),
      ...methods.map((method) => unit.text(user[method]!)),
      ...(guarded ? said(user) : []),
    ]),
  ]);
}
