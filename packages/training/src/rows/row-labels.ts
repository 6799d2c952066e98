// Labels of rows, of texts and of words alike: one rule for all sources. A label is a text; a whole number or a truth
// value, where a source has types, is the text of it (1, 1n and 1.0 are "1", true is "true"). In CSV and in names of
// folders every label is a text already and counts as it stands: "1.0" is not "1".
import { labelForm } from '@colora/protocol/bounds/names';
import { DataError, type DataPlace } from '../training-error.ts';
import { type Fields, givenField } from './row-fields.ts';

/** The task's spelling of each label that rows may use, by the label itself and by its form; null allows any. */
export type KnownLabels = ReadonlyMap<string, string> | null;

/** `any`: labels that nobody has declared yet. */
export function knownLabels(labels: readonly string[] | 'any'): KnownLabels {
  if (labels === 'any') return null;
  const own = new Map(labels.map((label) => [label, label]));
  for (const label of labels) if (!own.has(labelForm(label))) own.set(labelForm(label), label);
  return own;
}

/**
 * The label in the task's spelling. `what` it is called where it is unknown; `at` names what holds the field.
 * Throws DataError where it is missing, no label at all, or not one of the task's, naming these.
 */
export function labelField(
  fields: Fields,
  name: string,
  place: DataPlace,
  {
    known,
    what,
    at = '',
  }: { readonly known: KnownLabels; readonly what: 'label' | 'tag'; readonly at?: string },
): string {
  const label = textOf(givenField(fields, name, place, at), `the field "${at}${name}"`, place);
  if (known === null) return labelForm(label);
  const own = known.get(label) ?? known.get(labelForm(label));
  if (own !== undefined) return own;
  const all = [...new Set(known.values())];
  const allowed = all.slice(0, 20).map((one) => JSON.stringify(one));
  const rest = all.length > 20 ? `, … (${all.length} in all)` : '';
  throw new DataError(
    place,
    `${what} ${JSON.stringify(label.slice(0, 100))} is not one of the task's labels: ${allowed.join(', ')}${rest}${suggestion(label, all)}`,
  );
}

function textOf(value: unknown, field: string, place: DataPlace): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean' || Number.isSafeInteger(value))
    return String(value);
  if (typeof value !== 'number') {
    throw new DataError(place, `${field} must be a text in quotes, a whole number, or true or false`);
  }
  const why = Number.isInteger(value) ? 'is a number too large to be exact' : 'is a number that is not whole';
  throw new DataError(place, `${field} ${why}; write the label as a text in quotes`);
}

/** A label that differs in small and capital letters, or as 1.0 does from 1. */
function suggestion(label: string, all: readonly string[]): string {
  const loosely = (one: string) =>
    labelForm(one)
      .toLowerCase()
      .replace(/^([+-]?\d+)\.0+$/, '$1');
  const meant = all.find((one) => loosely(one) === loosely(label));
  return meant === undefined ? '' : `; is ${JSON.stringify(meant)} meant?`;
}
