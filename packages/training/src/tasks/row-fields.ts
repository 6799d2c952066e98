// One row of data as a source found it, and its fields checked one by one. Messages name the place and the field, never
// a text. Which fields a kind of task needs is its own file, where rows come from the sources' business.
import { DataError, type DataPlace } from '../training-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface SourceRow {
  readonly fields: Fields;
  readonly place: DataPlace;
}

/** `at` names what holds the field, where that is not the row itself. Throws DataError unless it is a text that isn't blank. */
export function textField(fields: Fields, name: string, place: DataPlace, at = ''): string {
  const value = fields[name];
  if (value === undefined) throw new DataError(place, `the field "${at}${name}" is missing`);
  if (typeof value !== 'string')
    throw new DataError(place, `the field "${at}${name}" must be a text in quotes`);
  if (value.trim() === '') throw new DataError(place, `the field "${at}${name}" is empty`);
  return value;
}

/** Throws DataError unless it is a list of at least one text, none of them blank. */
export function textList(fields: Fields, name: string, place: DataPlace): string[] {
  const value = fields[name];
  if (value === undefined) throw new DataError(place, `the field "${name}" is missing`);
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(place, `the field "${name}" must be a list of at least one text`);
  }
  const items = Object.fromEntries(value.map((item: unknown, index) => [index, item]));
  return value.map((_, index) => textField(items, String(index), place, `${name}.`));
}

/** `known`: null allows any. Throws DataError for another label, naming the allowed ones. */
export function checkLabel(
  label: string,
  what: 'label' | 'tag',
  known: ReadonlySet<string> | null,
  place: DataPlace,
): void {
  if (known === null || known.has(label)) return;
  const allowed = [...known].slice(0, 20).map((one) => JSON.stringify(one));
  const rest = known.size > 20 ? `, … (${known.size} in all)` : '';
  throw new DataError(
    place,
    `${what} ${JSON.stringify(label.slice(0, 100))} is not one of the task's labels: ${allowed.join(', ')}${rest}`,
  );
}
