// Parquet as rows, one row group after the other, and of its columns only those the task reads. The format (snappy,
// zstd, gzip, brotli and lz4 pages included) is the work of hyparquet and hyparquet-compressors. They may not end on a file
// that is damaged, so this runs in a thread of its own (parquet-thread.ts).
import { isLfsPointer, lfsPointerWords, longestPointer } from '@colora/protocol/failures/lfs-pointer';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { type Columns, type Fields, pickColumns, type SourceRow } from '../../rows/row-fields.ts';
import { DataError } from '../../training-error.ts';

/** Throws DataError of the file. */
export async function* parquetGroups(path: string, columns: Columns): AsyncGenerator<SourceRow[]> {
  const file = await asyncBufferFromFile(path);
  await refuseOthers(file, path);
  const metadata = await explaining(path, () => parquetMetadataAsync(file, { geoparquet: false }));
  const found = parquetSchema(metadata).children;
  const own = found.filter(({ element }) => Object.hasOwn(columns, element.name));
  const names = found.map(({ element }) => element.name);
  let row = 0;
  for (const group of metadata.row_groups) {
    const rows = await explaining(path, () =>
      readRows(file, metadata, own, row, row + Number(group.num_rows)),
    );
    const first = row + 1;
    row += rows.length;
    yield rows.map((record, i) => ({
      fields: pickColumns(record, columns),
      place: { file: path, row: first + i, columns: names },
    }));
  }
}

async function readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  own: readonly SchemaTree[],
  rowStart: number,
  rowEnd: number,
): Promise<Fields[]> {
  if (own.length === 0 || rowEnd === rowStart) return Array.from({ length: rowEnd - rowStart }, () => ({}));
  const columns = own.map(({ element }) => element.name);
  const parsers = { stringFromBytes: readText };
  const rows = await parquetReadObjects({
    file,
    metadata,
    columns,
    rowStart,
    rowEnd,
    compressors,
    parsers,
    geoparquet: false,
  });
  const exact = own.map((column) => [column.element.name, exactly(column)] as const);
  return rows.map((record: Fields) =>
    Object.fromEntries(exact.map(([name, read]) => [name, read(record[name])])),
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decimals come multiplied by a power of ten, which makes 7.000000000000001 of 7.00. */
function exactly(column: SchemaTree): (value: unknown) => unknown {
  const { converted_type: type, logical_type: logical, scale = 0 } = leafOf(column);
  if (type !== 'DECIMAL' && logical?.type !== 'DECIMAL') return (value) => value;
  const round = (value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toFixed(Math.min(scale, 100))) : value;
  return (value) => (Array.isArray(value) ? value.map(round) : round(value));
}

/** What a column holds, or the list in it. */
function leafOf({ element, children }: SchemaTree): SchemaTree['element'] {
  const [only] = children;
  return only === undefined ? element : leafOf(only);
}

class NotUtf8 extends Error {}

function readText(bytes: Uint8Array | undefined): string | undefined {
  try {
    return bytes && utf8.decode(bytes);
  } catch {
    throw new NotUtf8();
  }
}

/** An encrypted file ends in another mark. */
async function refuseOthers(file: AsyncBuffer, path: string): Promise<void> {
  if (isLfsPointer(new Uint8Array(await file.slice(0, Math.min(longestPointer, file.byteLength)))))
    throw new DataError({ file: path }, lfsPointerWords);
  const end = await file.slice(Math.max(0, file.byteLength - 4), file.byteLength);
  if (Buffer.from(end).toString('latin1') !== 'PARE') return;
  throw new DataError({ file: path }, 'is encrypted Parquet; write it without encryption');
}

/** hyparquet's own complaints begin with "parquet"; others may come out of a value and are not passed on. */
async function explaining<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NotUtf8)
      throw new DataError({ file }, 'a text in it is not text in UTF-8; write it as such');
    if (error instanceof Error && 'code' in error) throw error; // the file system's
    const message = error instanceof Error && error.message.startsWith('parquet ') ? error.message : '';
    const reason = message === '' ? '' : ` (${message})`;
    throw new DataError({ file }, `cannot be read as Parquet${reason}; is the file whole?`);
  }
}
