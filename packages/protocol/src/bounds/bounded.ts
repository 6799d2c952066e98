// What strangers may send is bounded: texts, numbers, times and maps with an end, in forms that every database takes.
// openapi/bounded-schemas.test.ts holds all that is taken to it. What a figure may be is figure-ranges.ts's.
import { z } from 'zod';
import { namePattern, nameWords } from './names.ts';

/** The largest integer of a column (int4). */
export const mostInteger = 2_147_483_647;

/** Factors, norms and the like: nobody means more, and in float32 a product of four of them is still finite. */
export const mostScale = 1e9;

/** Databases take neither NUL nor halves of characters, terminals no control characters at all. */
const plainText = /^[^\p{Cc}\p{Cs}]*$/u;

/** At most so many UTF-16 units, none of them a control character or half of a character. */
export const plain = (most: number) =>
  z.string().max(most).regex(plainText, 'no control characters, and no halves of characters');

/** A name people type: groups, participants, labels of keys. Spelled as names.ts's `spellName` does, however it came. */
export const nameSchema = z.string().max(252, nameWords).normalize('NFC').regex(namePattern, nameWords);

/** A whole number as it stands in an address: decimal digits. */
export const wholeInText = (least: number, most = mostInteger) =>
  z.preprocess((given) => numberIn(/^\d{1,16}$/, given), z.int().min(least).max(most));

/** A number to look something up by, however large: what is not there is told as unknown. */
export const numberInAddress = (least: number) => wholeInText(least, Number.MAX_SAFE_INTEGER);

/** A number as it stands in a text, in decimal digits: neither nothing nor 0x10 is one. */
export const numberInText = ({ least, most }: { readonly least: number; readonly most: number }) =>
  z.preprocess(
    (given) => numberIn(/^-?\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,3})?$/i, given),
    z.number().min(least).max(most),
  );

/** What isn't written so stays as it is, for the schema to refuse. */
function numberIn(pattern: RegExp, given: unknown): unknown {
  return typeof given === 'string' && pattern.test(given) ? Number(given) : given;
}

/** A time in UTC that somebody says, in years that every calendar and database knows. */
export const saidInstant = z.iso
  .datetime()
  .max(40)
  .refine((instant) => /^(19[7-9]|[2-9]\d\d)/.test(instant), 'use a year from 1970 on');

/** A map of at most so many entries. */
export const mapOf = <Key extends z.core.$ZodRecordKey, Value extends z.ZodType>(
  key: Key,
  value: Value,
  most: number,
) =>
  z
    .record(key, value)
    .refine((given) => Object.keys(given).length <= most, `at most ${most} entries`)
    .meta({ maxProperties: most });
