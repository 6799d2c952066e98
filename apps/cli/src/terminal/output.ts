// How results are printed: JSON for programs, plain aligned tables for people. Results go to stdout,
// everything said on the way to stderr.
import { write, writeJson } from './door.ts';
import { padEnd, padStart, textWidth } from './fit-text.ts';
import { harmlessLine } from './harmless-text.ts';

export function printJson(value: unknown): void {
  writeJson(process.stdout, `${JSON.stringify(value, null, 2)}\n`);
}

export function print(line = ''): void {
  write(process.stdout, `${line}\n`);
}

/** Said beside the results: progress, advice. */
export function say(line: string): void {
  write(process.stderr, `${line}\n`);
}

export type Cell = string | number | boolean | null | undefined;

/** Aligned columns, numbers to the right; an empty table says so. */
export function printTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  empty: string,
): void {
  if (rows.length === 0) {
    print(empty);
    return;
  }
  const texts = rows.map((row) => row.map(cellText));
  const widths = header.map((title, column) =>
    Math.max(textWidth(title), ...texts.map((row) => textWidth(row[column] ?? ''))),
  );
  const isNumber = header.map((_, column) =>
    rows.every((row) => typeof row[column] === 'number' || row[column] == null),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        isNumber[column] ? padStart(cell, widths[column]!) : padEnd(cell, widths[column]!),
      )
      .join('  ')
      .trimEnd();
  print(line(header));
  for (const row of texts) print(line(row));
}

function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return '-';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'number') return Number.isInteger(cell) ? String(cell) : cell.toPrecision(4);
  return harmlessLine(cell);
}

/** Facts of one thing, one a line. */
export function printFacts(facts: readonly (readonly [string, Cell])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) print(`${name.padEnd(width)}  ${cellText(value)}`);
}

/** 2026-01-31 14:05:09 in the reader's own time zone. */
export function localTime(instant: string | null): string | null {
  if (instant === null) return null;
  const date = new Date(instant);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

export function byteText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1000)));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
