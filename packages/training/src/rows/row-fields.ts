// One row of data as a source found it, and its fields checked one by one. Messages name the place and the field, never
// a text. Which fields a kind of task needs is its own file, labels are row-labels.ts, where rows come from the sources'
// business.
import { DataError, type DataPlace } from '../training-error.ts';

/** Null stands nowhere in it: null and a missing column are the same, a missing field. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields that the rows of a task may have; a list stands as JSON in a cell of CSV, and so does a structure, whose
 * values are handed on as they are written (kept-as-written.ts). Others are not looked at.
 */
export type Columns = Readonly<Record<string, 'text' | 'list' | 'structure'>>;

export interface SourceRow {
  readonly fields: Fields;
  readonly place: DataPlace;
}

/** Of what a source has in one row, that which a task reads. */
export function pickColumns(record: Fields, columns: Columns): Fields {
  const own = Object.keys(columns).filter((name) => Object.hasOwn(record, name) && record[name] != null);
  return Object.fromEntries(own.map((name) => [name, record[name]]));
}

/** An empty cell is no more than a missing one. */
export function isGiven(fields: Fields, name: string): boolean {
  const value = fields[name];
  return value != null && !(typeof value === 'string' && value.trim() === '');
}

/** `at` names what holds the field, where that is not the row itself. Throws DataError unless it is a text that isn't blank. */
export function textField(fields: Fields, name: string, place: DataPlace, at = ''): string {
  const value = givenField(fields, name, place, at);
  if (typeof value === 'string') return value;
  throw new DataError(place, `the field "${at}${name}" must be a text in quotes`);
}

/** Throws DataError unless it is a list of at least one text, none of them blank. */
export function textList(fields: Fields, name: string, place: DataPlace): string[] {
  return readItems(fields, name, place, textField);
}

/** A list of at least one item, each read by `readItem`. Throws DataError where it is none. */
export function readItems<Item>(
  fields: Fields,
  name: string,
  place: DataPlace,
  readItem: (items: Fields, index: string, place: DataPlace, at: string) => Item,
): Item[] {
  const value = givenField(fields, name, place);
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(place, `the field "${name}" must be a list of at least one text`);
  }
  const items = Object.fromEntries(value.map((item: unknown, index) => [index, item]));
  return value.map((_, index) => readItem(items, String(index), place, `${name}.`));
}

/** Throws DataError where it is missing or empty. */
export function givenField(fields: Fields, name: string, place: DataPlace, at = ''): unknown {
  const value = fields[name];
  if (isGiven(fields, name)) return value;
  if (value == null) throw new DataError(place, `the field "${at}${name}" is missing${foundInstead(place)}`);
  throw new DataError(place, `the field "${at}${name}" is empty`);
}

/** The columns of a table, as far as they are names: where the first line is an example it is not told. */
export function foundInstead({ columns }: Pick<DataPlace, 'columns'>): string {
  if (columns === undefined) return '';
  const names = columns.filter((name) => /^[\p{L}_][\p{L}\p{M}\p{N}_.-]{0,39}$/u.test(name)).slice(0, 20);
  const others = columns.length - names.length;
  const rest = others === 0 ? [] : [names.length === 0 ? `${others} that are no names` : `${others} more`];
  return `; the columns found are ${[...names.map((name) => JSON.stringify(name)), ...rest].join(', ')}`;
}
