// Figures as the tables people read. Percent here, fractions everywhere else.
import { comparedMethods, type Figures, type PersonFigures } from './figures.ts';
import type { MethodName } from './method-names.ts';
import { type Estimate, estimate } from './statistics.ts';

const points = (value: number) => (100 * value).toFixed(1);
const signed = (value: number) => `${value >= 0 ? '+' : '-'}${points(Math.abs(value))}`;
export const formatEstimate = ({ mean, standardError }: Estimate) =>
  `${points(mean)} ± ${points(standardError)}`;
export const formatDifference = ({ mean, standardError }: Estimate) =>
  `${signed(mean)} ± ${points(standardError)}`;

/** Rows of cells to aligned lines; the first column is left-aligned, the others right-aligned. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** Accuracy by group (averaged over people and seeds), then over everybody, then what `core` gains. */
export function figuresTable(figures: Figures): string[] {
  const methods = comparedMethods(figures.users);
  const groups = [...new Set(figures.users.map((user) => user.group))];
  const cells = (users: readonly PersonFigures[]) =>
    methods.map((method) => formatEstimate(estimate(users.map((user) => user[method]!))));
  const groupRows =
    groups.length > 1
      ? groups.map((group) => [group, ...cells(figures.users.filter((user) => user.group === group))])
      : [];
  const gains = methods.map((method: MethodName) => {
    const difference = figures.differences[`core - ${method}`];
    return difference === undefined ? '' : formatDifference(difference);
  });
  return alignColumns([
    ['held-out accuracy, %', ...methods],
    ...groupRows,
    ['everybody', ...cells(figures.users)],
    ['core minus this', ...gains],
  ]);
}

/** One row a person. */
export function peopleTable(figures: Figures): string[] {
  const methods = comparedMethods(figures.users);
  const manySeeds = figures.seeds.length > 1;
  return alignColumns([
    ['person', 'group', ...(manySeeds ? ['seed'] : []), ...methods],
    ...figures.users.map((user) => [
      user.user,
      user.group,
      ...(manySeeds ? [String(user.seed)] : []),
      ...methods.map((method) => points(user[method]!)),
    ]),
  ]);
}
