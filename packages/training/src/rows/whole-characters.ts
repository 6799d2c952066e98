// Halves of characters in a row: JSON may escape one half of a surrogate pair alone ("\ud83d"), which is no text that
// UTF-8 can hold, so that a tokenizer would read U+FFFD. One rule for all sources, as for bytes that are no UTF-8.
import { DataError } from '../training-error.ts';
import type { SourceRow } from './row-fields.ts';

/** Looks into lists and objects too. Throws DataError with the place and the field, as `messages[1].content`. */
export function assertWholeCharacters({ fields, place }: Pick<SourceRow, 'fields' | 'place'>): void {
  for (const [name, value] of Object.entries(fields)) {
    const field = halfIn(value, name);
    if (field === null) continue;
    throw new DataError(
      place,
      `the field "${field}" holds half of a character (one escape of a surrogate pair, such as \\ud83d, without the other); write both, or the character itself`,
    );
  }
}

/** Where in `value`, which `path` names, a text or the name of a field is not whole; null where all are. */
function halfIn(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (!key.isWellFormed()) return path;
    const half = halfIn(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    if (half !== null) return half;
  }
  return null;
}
