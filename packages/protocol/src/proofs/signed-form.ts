// How anything that is signed is written: one text for one value, the same on every machine, and no text that two values or two
// kinds of things share. What is signed is in statement.ts and receipt.ts, keys and signatures in signatures.ts.
import { z } from 'zod';

/** What a field may hold: no maps, whose entries have no order. */
type Plain = string | number | boolean | null | readonly Plain[];
type Fields = Readonly<Record<string, z.ZodType<Plain>>>;
type ValueOf<Shape extends Fields> = z.output<z.ZodObject<Shape>>;

export interface SignedForm<Value> {
  /** The text that is signed and hashed. Throws ZodError where `value` is not of this form. */
  write(value: Value): string;
  /** What `text` says; null where it is not, character for character, what `write` makes of some value. */
  read(text: string): Value | null;
}

/**
 * The form of one kind of thing. Its text is `title`, a line feed, and the values of `fields` in their order as a JSON array by
 * RFC 8785: no blanks, strings with the fewest escapes, numbers as ECMAScript writes them (the shortest decimals that name the
 * double). The title keeps a signature of one kind from passing for one of another, and changes with the fields.
 */
export function signedForm<Shape extends Fields>(title: string, fields: Shape): SignedForm<ValueOf<Shape>> {
  const names = Object.keys(fields);
  const schema = z.strictObject(fields);
  const begin = `${title}\n`;
  const write = (value: ValueOf<Shape>) => {
    const checked = schema.parse(value) as Readonly<Record<string, Plain>>;
    return begin + JSON.stringify(names.map((name) => checked[name]));
  };
  return {
    write,
    read(text) {
      const values = text.startsWith(begin) ? arrayIn(text.slice(begin.length)) : null;
      if (values?.length !== names.length) return null;
      const value = schema.safeParse(Object.fromEntries(names.map((name, at) => [name, values[at]])));
      return value.success && write(value.data) === text ? value.data : null;
    },
  };
}

function arrayIn(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
