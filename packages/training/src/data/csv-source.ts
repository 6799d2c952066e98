// Comma- or tab-separated values as rows: the first line names the columns, lists stand as JSON in their cell.
// Reading CSV itself is csv-parse's work; its messages may quote a cell, so each is told in words of our own.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import type { Fields, SourceRow } from '../tasks/row-fields.ts';
import { columnsOf } from '../tasks/tasks.ts';
import { DataError, type DataPlace } from '../training-error.ts';

/** Columns whose cells are JSON lists. */
const listColumns = columnsOf('list');

interface Parsed {
  readonly record: Readonly<Record<string, string>>;
  readonly info: Info;
}

/** `line` of a row is the one it ends on. */
export async function* csvRows(file: string, delimiter: ',' | '\t'): AsyncGenerator<SourceRow> {
  const parser = parse({
    bom: true,
    columns: (header: string[]) => checkHeader(header, { file, line: 1 }),
    delimiter,
    info: true,
    record_delimiter: ['\r\n', '\n'],
    relax_quotes: delimiter === '\t', // there a quote inside a cell is nothing special
    skip_empty_lines: true,
  });
  pipeline(createReadStream(file), parser, () => undefined); // what fails arrives at the loop below
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      const place = { file, line: info.lines };
      yield { fields: readLists(record, place), place };
    }
  } catch (error) {
    throw error instanceof CsvError ? explain(error, file, delimiter) : error;
  }
}

function checkHeader(header: string[], place: DataPlace): string[] {
  const names = header.map((name) => name.trim());
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice === -1) return names;
  throw new DataError(
    place,
    `columns ${names.indexOf(names[twice]!) + 1} and ${twice + 1} have the same name`,
  );
}

function readLists(record: Readonly<Record<string, string>>, place: DataPlace): Fields {
  const lists = listColumns.flatMap((name) => {
    const cell = record[name];
    return cell === undefined || cell.trim() === '' ? [] : [[name, readList(cell, name, place)] as const];
  });
  return { ...record, ...Object.fromEntries(lists) };
}

function readList(cell: string, name: string, place: DataPlace): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    throw new DataError(place, `the column "${name}" must hold a JSON list`);
  }
}

function explain(error: CsvError, file: string, delimiter: string): DataError {
  const line = typeof error.lines === 'number' ? error.lines : undefined;
  const place = { file, ...(line === undefined ? {} : { line }) };
  const separator = delimiter === ',' ? 'commas' : 'tabs';
  const reasons: Readonly<Record<string, string>> = {
    CSV_RECORD_INCONSISTENT_COLUMNS: `has more or fewer cells than the first line has columns (cells are separated by ${separator}; one that holds such or a quote stands in double quotes)`,
    INVALID_OPENING_QUOTE:
      'a double quote inside a cell: put the whole cell in double quotes and double those inside it',
    CSV_INVALID_CLOSING_QUOTE:
      'text after a closing double quote: double the quotes inside a cell that is in quotes',
    CSV_QUOTE_NOT_CLOSED: 'a double quote is opened and never closed',
  };
  return new DataError(place, reasons[error.code] ?? `cannot be read as CSV (${error.code})`);
}
