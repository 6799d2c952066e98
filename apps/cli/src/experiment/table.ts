// Figures as the tables people read. Percent here, fractions everywhere else; losses as they are.
import { padEnd, padStart, textWidth } from '../terminal/fit-text.ts';
import { comparedMethods, type PersonFigures, type Scores } from './figures.ts';
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

const formatEstimate = ({ text }: Unit, { mean, standardError }: Estimate) =>
  `${text(mean)} ± ${text(standardError)}`;

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

/** The scores by group (averaged over people and seeds), then over everybody, then what `core` gains. */
export function figuresTable(scores: Scores, unit: Unit = accuracyUnit): string[] {
  const methods = comparedMethods(scores.users);
  const groups = [...new Set(scores.users.map((user) => user.group))];
  const cells = (users: readonly PersonFigures[]) =>
    methods.map((method) => formatEstimate(unit, estimate(users.map((user) => user[method]!))));
  const groupRows =
    groups.length > 1
      ? groups.map((group) => [group, ...cells(scores.users.filter((user) => user.group === group))])
      : [];
  const gains = methods.map((method: MethodName) => {
    const difference = scores.differences[`core - ${method}`];
    return difference === undefined ? '' : formatDifference(difference, unit);
  });
  return alignColumns([
    [unit.title, ...methods],
    ...groupRows,
    ['everybody', ...cells(scores.users)],
    ['core minus this', ...gains],
  ]);
}

/** One row a person (and seed). */
export function peopleTable({ users }: Scores, unit: Unit = accuracyUnit): string[] {
  const methods = comparedMethods(users);
  const manySeeds = new Set(users.map((user) => user.seed)).size > 1;
  return alignColumns([
    ['person', 'group', ...(manySeeds ? ['seed'] : []), ...methods],
    ...users.map((user) => [
      user.user,
      user.group,
      ...(manySeeds ? [String(user.seed)] : []),
      ...methods.map((method) => unit.text(user[method]!)),
    ]),
  ]);
}
