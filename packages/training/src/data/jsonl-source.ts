// JSON lines as rows: from a file or, under the name `-`, from the standard input. Blank lines and byte order marks
// are ignored.
import { createReadStream } from 'node:fs';
import { assertKept } from '../rows/kept-as-written.ts';
import { type Columns, type Fields, pickColumns, type SourceRow } from '../rows/row-fields.ts';
import { DataError, type DataPlace } from '../training-error.ts';
import { repeatedKey } from './repeated-keys.ts';
import { textLines } from './text-bytes.ts';

/** The name under which the standard input is read, and how messages call it. */
export const standardInput = '-';
export const standardInputName = 'standard input';

export async function* jsonlRows(path: string, columns: Columns): AsyncGenerator<SourceRow> {
  const file = path === standardInput ? standardInputName : path;
  const bytes: AsyncIterable<Uint8Array> = path === standardInput ? process.stdin : createReadStream(path);
  for await (const { text, line } of textLines(bytes, file)) {
    const place = { file, line };
    if (text.trim() !== '') yield { fields: pickColumns(parseObject(text, place, columns), columns), place };
  }
}

function parseObject(line: string, place: DataPlace, columns: Columns): Fields {
  const json = line.replace(/^\uFEFF/, ''); // also where files that begin with one were put together
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // the parser's own message quotes the line
    throw new DataError(place, `not valid JSON; each line must be one JSON object${hint(json, place)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DataError(place, 'not a JSON object, such as {"text": "…", "label": "…"}');
  const twice = repeatedKey(json, (key) => Object.hasOwn(columns, key));
  if (twice === null) {
    assertKept(json, place, (key) => columns[key] === 'structure');
    return value as Fields;
  }
  const name = Object.hasOwn(columns, twice) ? `the field "${twice}"` : 'a field inside of a field';
  throw new DataError(place, `${name} is named twice; only one of the values can be meant`);
}

function hint(json: string, { line }: DataPlace): string {
  if (line !== 1) return '';
  if (json.trimStart().startsWith('[')) return ' (a JSON array becomes such lines by jq -c ".[]")';
  return json.trimEnd().includes('\r')
    ? ' and end in \\n, not in \\r alone (which becomes such lines by tr "\\r" "\\n")'
    : '';
}
