// In what form a file of CSV is written, known by its first line: what separates cells, and what ends lines. Programs
// write either after their own habit, whatever the file's ending says.
import type { Columns } from '../rows/row-fields.ts';
import type { TextLine } from './text-bytes.ts';

export type Separator = ',' | ';' | '\t' | '|';

export const separatorNames: Readonly<Record<Separator, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'upright lines',
};

export interface CsvForm {
  readonly separator: Separator;
  readonly lineEnds: readonly string[];
  /** Lines before the one that names the columns. */
  readonly skippedLines: number;
}

/**
 * The form, and the lines from that on which names the columns. `usual`: the separator of the file's ending; another one
 * counts only where the first line names columns by it and none by the usual one.
 */
export async function withForm(
  lines: AsyncIterable<TextLine>,
  usual: Separator,
  columns: Columns,
): Promise<{ form: CsvForm; lines: AsyncIterable<string> }> {
  const rest = lines[Symbol.asyncIterator]();
  let skippedLines = 0;
  let said: Separator | null = null;
  let first = await rest.next();
  for (; first.done !== true; first = await rest.next()) {
    const { text } = first.value;
    said = separatorSaid(text) ?? said;
    if (text.trim() !== '' && separatorSaid(text) === null) break;
    skippedLines += 1;
  }
  const header = first.done === true ? '' : first.value.text;
  const form = {
    separator: said ?? separatorOf(header, usual, columns),
    // where a line holds a \r before its end, the lines of the file end in that alone
    lineEnds: header.trimEnd().includes('\r') ? ['\r'] : ['\r\n', '\n'],
    skippedLines,
  };
  return { form, lines: joined(header, rest) };
}

async function* joined(header: string, rest: AsyncIterator<TextLine>): AsyncGenerator<string> {
  try {
    let block = header; // many lines at a time: each block costs the reader a turn
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      block += next.value.text;
      if (block.length < 2 ** 16) continue;
      yield block;
      block = '';
    }
    yield block;
  } finally {
    await rest.return?.(); // closes the file
  }
}

/** Excel writes and reads `sep=;` before the columns. */
function separatorSaid(line: string): Separator | null {
  const [, sign] = /^"?sep=([,;|\t])"?\r?\n?$/i.exec(line) ?? [];
  return (sign as Separator | undefined) ?? null;
}

function separatorOf(header: string, usual: Separator, columns: Columns): Separator {
  const [line] = header.split(/[\r\n]/);
  const cut = (separator: Separator) => line!.split(separator).map(unquoted);
  const all: readonly Separator[] = [usual, ',', ';', '\t', '|'];
  const naming = all.find((one) => cut(one).some((name) => Object.hasOwn(columns, name)));
  // none of the task's: what looks most like columns, so that they can be told
  return naming ?? all.reduce((best, one) => (cut(best).length > 1 || cut(one).length === 1 ? best : one));
}

function unquoted(cell: string): string {
  return cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
}
