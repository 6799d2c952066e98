// JSON lines as rows: from a file or, under the name `-`, from the standard input. Blank lines and a byte order
// mark are ignored.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Fields, SourceRow } from '../tasks/row-fields.ts';
import { DataError, type DataPlace } from '../training-error.ts';

/** The name under which the standard input is read, and how messages call it. */
export const standardInput = '-';
const standardInputName = 'standard input';

export async function* jsonlRows(path: string): AsyncGenerator<SourceRow> {
  const file = path === standardInput ? standardInputName : path;
  const input = path === standardInput ? process.stdin.setEncoding('utf8') : createReadStream(path, 'utf8');
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    const place = { file, line: number };
    if (text.trim() !== '') yield { fields: parseObject(text, place), place };
  }
}

function parseObject(line: string, place: DataPlace): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // the parser's own message quotes the line
    const isArray = place.line === 1 && line.trimStart().startsWith('[');
    const hint = isArray ? ' (a JSON array becomes such lines by jq -c ".[]")' : '';
    throw new DataError(place, `not valid JSON; each line must be one JSON object${hint}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new DataError(place, 'not a JSON object, such as {"text": "…", "label": "…"}');
}
