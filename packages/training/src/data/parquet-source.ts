// Parquet as rows, one row group after the other, and of its columns only those an example may have. The format
// (snappy, zstd, gzip, brotli and lz4 pages included) is the work of hyparquet and hyparquet-compressors.
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Fields, SourceRow } from '../tasks/row-fields.ts';
import { columnsOf } from '../tasks/tasks.ts';
import { DataError } from '../training-error.ts';

const wantedColumns = new Set(columnsOf('any'));

export async function* parquetRows(path: string): AsyncGenerator<SourceRow> {
  const file = await asyncBufferFromFile(path);
  const metadata = await explaining(path, () => parquetMetadataAsync(file));
  const columns = parquetSchema(metadata)
    .children.map(({ element }) => element.name)
    .filter((name) => wantedColumns.has(name));
  let row = 0;
  for (const group of metadata.row_groups) {
    const rows = await explaining(path, () =>
      readRows(file, metadata, columns, row, row + Number(group.num_rows)),
    );
    for (const record of rows) {
      row += 1;
      yield { fields: plainFields(record), place: { file: path, row } };
    }
  }
}

async function readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: string[],
  rowStart: number,
  rowEnd: number,
): Promise<Fields[]> {
  if (columns.length === 0) return Array.from({ length: rowEnd - rowStart }, () => ({}));
  return parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors });
}

/** Missing values are missing fields, and a label that is a whole number is the name of its label. */
function plainFields(record: Fields): Fields {
  const present = Object.entries(record).filter(([, value]) => value !== null && value !== undefined);
  const { label, ...fields } = Object.fromEntries(present);
  if (label === undefined) return fields;
  return { ...fields, label: typeof label === 'bigint' || Number.isInteger(label) ? String(label) : label };
}

/** hyparquet's own complaints begin with "parquet"; others may come out of a value and are not passed on. */
async function explaining<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error; // the file system's
    const message = error instanceof Error && error.message.startsWith('parquet ') ? error.message : '';
    const reason = message === '' ? '' : ` (${message})`;
    throw new DataError({ file }, `cannot be read as Parquet${reason}; is the file whole?`);
  }
}
