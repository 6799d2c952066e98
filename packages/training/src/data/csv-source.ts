// Comma- or tab-separated values as rows: the first line names the columns, lists stand as JSON in their cell. Reading
// CSV itself is csv-parse's work; its messages may quote a cell, so each is told in words of our own. What separates
// cells and ends lines is csv-form.ts.
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { assertKept } from '../rows/kept-as-written.ts';
import { type Columns, type Fields, foundInstead, pickColumns, type SourceRow } from '../rows/row-fields.ts';
import { DataError, type DataPlace } from '../training-error.ts';
import { longestExample } from './byte-lines.ts';
import { type CsvForm, type Separator, separatorNames, withForm } from './csv-form.ts';
import { textLines, tooLong } from './text-bytes.ts';

interface Parsed {
  readonly record: readonly string[];
  readonly info: Info;
}

/** `separator`: the usual one of the file's ending. `line` of a row is the one it ends on. */
export async function* csvRows(
  file: string,
  separator: Separator,
  columns: Columns,
): AsyncGenerator<SourceRow> {
  const { form, lines } = await withForm(textLines(createReadStream(file), file), separator, columns);
  try {
    let header: readonly string[] | null = null;
    for await (const { record, info } of parsed(lines, form)) {
      const place = { file, line: info.lines + form.skippedLines };
      if (header === null) {
        header = checkHeader(record, columns, place, form);
      } else if (record.some((cell) => cell.trim() !== '')) {
        checkWidth(record, header, place, form);
        const named = { ...place, columns: header.filter((name) => name !== '') };
        yield { fields: readRecord(header, record, columns, named), place: named };
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? explain(error, file, form) : error;
  }
}

function parsed(lines: AsyncIterable<string>, { separator, lineEnds }: CsvForm): AsyncIterable<Parsed> {
  const parser = parse({
    delimiter: separator,
    info: true,
    max_record_size: longestExample,
    record_delimiter: [...lineEnds],
    relax_column_count: true, // checkWidth says more
    relax_quotes: separator === '\t', // there a quote inside a cell is nothing special
    skip_empty_lines: true,
  });
  pipeline(Readable.from(lines), parser, () => undefined); // what fails arrives at who reads the parser
  return parser as AsyncIterable<Parsed>;
}

/** The names of the columns; one without a name is nobody's. */
function checkHeader(
  header: readonly string[],
  columns: Columns,
  place: DataPlace,
  { separator }: CsvForm,
): readonly string[] {
  const names = header.map((name) => name.trim());
  const twice = names.findIndex(
    (name, index) => Object.hasOwn(columns, name) && names.indexOf(name) !== index,
  );
  if (twice !== -1) {
    throw new DataError(
      place,
      `columns ${names.indexOf(names[twice]!) + 1} and ${twice + 1} have the same name`,
    );
  }
  if (names.some((name) => Object.hasOwn(columns, name))) return names;
  const wanted = Object.keys(columns).map((name) => JSON.stringify(name));
  const found = foundInstead({ columns: names });
  throw new DataError(
    place,
    `the first line must name the columns, and none of ${wanted.join(', ')} is among them (cells are separated by ${separatorNames[separator]})${found}`,
  );
}

function checkWidth(
  record: readonly string[],
  header: readonly string[],
  place: DataPlace,
  { separator }: CsvForm,
): void {
  const lacksNamed = header.slice(record.length).some((name) => name !== '');
  if (record.length <= header.length && !lacksNamed) return;
  throw new DataError(
    place,
    `has more or fewer cells than the first line has columns (${record.length}, not ${header.length}; cells are separated by ${separatorNames[separator]}; one that holds such or a quote stands in double quotes)`,
  );
}

function readRecord(
  header: readonly string[],
  record: readonly string[],
  columns: Columns,
  place: DataPlace,
): Fields {
  const cells = Object.fromEntries(header.map((name, index) => [name, record[index]]));
  const read = Object.entries(pickColumns(cells, columns)).map(([name, cell]) => [
    name,
    columns[name] === 'text' ? cell : readList(cell as string, name, place, columns[name] === 'structure'),
  ]);
  return pickColumns(Object.fromEntries(read), columns);
}

/** Null where the cell is empty. */
function readList(cell: string, name: string, place: DataPlace, isStructure: boolean): unknown {
  if (cell.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(cell);
  } catch {
    throw new DataError(place, `the column "${name}" must hold a JSON list`);
  }
  if (isStructure) assertKept(cell, place);
  return value;
}

function explain(error: CsvError, file: string, { skippedLines }: CsvForm): DataError {
  const line = typeof error.lines === 'number' ? error.lines + skippedLines : undefined;
  const place = { file, ...(line === undefined ? {} : { line }) };
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLong(place, 'row');
  const reasons: Readonly<Record<string, string>> = {
    INVALID_OPENING_QUOTE:
      'a double quote inside a cell: put the whole cell in double quotes and double those inside it',
    CSV_INVALID_CLOSING_QUOTE:
      'text after a closing double quote: double the quotes inside a cell that is in quotes',
    CSV_QUOTE_NOT_CLOSED: 'a double quote is opened and never closed',
  };
  return new DataError(place, reasons[error.code] ?? `cannot be read as CSV (${error.code})`);
}
