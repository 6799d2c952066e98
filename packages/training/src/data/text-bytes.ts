// What bytes mean as text: UTF-8, or UTF-16 with a byte order mark. All else is refused with its place and the cure,
// never read as U+FFFD. How a text is cut into rows is the sources'.
import { isLfsPointer, lfsPointerWords } from '@colora/protocol/failures/lfs-pointer';
import { DataError, type DataPlace } from '../training-error.ts';
import { byteLines, LineTooLong, longestExample } from './byte-lines.ts';

export interface TextLine {
  /** With the \n that ends it, where there is one. */
  readonly text: string;
  /** Counts from 1. */
  readonly line: number;
}

/** By their first bytes: what is no text, or none that is read here. The longer mark stands first. */
const otherFormats: readonly (readonly [start: readonly number[], problem: string])[] = [
  [[0x1f, 0x8b], 'is compressed with gzip; unpack it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with zstd; unpack it first'],
  [
    [0x50, 0x4b, 0x03, 0x04],
    'is a zip archive, as .xlsx files are; unpack it, or save the table as CSV in UTF-8',
  ],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is an old Office document (.xls, .doc); save it as CSV or text in UTF-8'],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], 'is a PDF; save its text in UTF-8'],
  [[0x50, 0x41, 0x52, 0x31, 0x15], 'is Parquet; give it the ending .parquet'],
  [[0xff, 0xfe, 0x00, 0x00], 'is text in UTF-32; convert it to UTF-8'],
  [[0x00, 0x00, 0xfe, 0xff], 'is text in UTF-32; convert it to UTF-8'],
];

const byteOrderMarks = [
  { start: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { start: [0xff, 0xfe], encoding: 'utf-16le' },
  { start: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Line by line, without a byte order mark. Throws DataError with the line where it is no text, or too long. */
export async function* textLines(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  limit = longestExample,
): AsyncGenerator<TextLine> {
  let line = 0;
  try {
    for await (const one of byteLines(asUtf8(bytes, file), limit)) {
      line += 1;
      yield { text: decode(one, { file, line }), line };
    }
  } catch (error) {
    if (!(error instanceof LineTooLong)) throw error;
    throw tooLong({ file, line: error.line }, 'line', limit);
  }
}

/** All of it as one text, without a byte order mark. Throws DataError where it is no text, or too long. */
export async function wholeText(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  limit = longestExample,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of asUtf8(bytes, file)) {
    size += piece.byteLength;
    if (size > limit) throw tooLong({ file }, 'file', limit);
    pieces.push(piece);
  }
  return decode(Buffer.concat(pieces, size), { file });
}

export function tooLong(place: DataPlace, what: 'line' | 'row' | 'file', limit = longestExample): DataError {
  return new DataError(
    place,
    `the ${what} has more than ${limit / 2 ** 20} MB, and one example may not; cut it into several`,
  );
}

function decode(bytes: Uint8Array, place: DataPlace): string {
  if (bytes.includes(0)) {
    throw new DataError(
      place,
      'holds NUL bytes, so it is text in UTF-16 without a byte order mark, or no text; convert it to UTF-8 first (iconv -f UTF-16LE -t UTF-8)',
    );
  }
  try {
    return utf8.decode(bytes);
  } catch {
    throw new DataError(
      place,
      'is not text in UTF-8; convert it first (from Windows: iconv -f WINDOWS-1252 -t UTF-8)',
    );
  }
}

/** The bytes without their byte order mark, and what is UTF-16 by it as UTF-8. */
async function* asUtf8(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    let head = new Uint8Array();
    while (head.byteLength < 64) {
      const { value, done } = await pieces.next();
      if (done === true) break;
      head = Buffer.concat([head, value]);
    }
    const begins = (start: readonly number[]) => start.every((byte, index) => head[index] === byte);
    const other = otherFormats.find(([start]) => begins(start));
    if (other !== undefined) throw new DataError({ file }, other[1]);
    if (isLfsPointer(head)) throw new DataError({ file }, lfsPointerWords);
    const mark = byteOrderMarks.find(({ start }) => begins(start));
    const rest = continued(head.subarray(mark?.start.length ?? 0), pieces);
    if (mark === undefined || mark.encoding === 'utf-8') yield* rest;
    else yield* transcoded(rest, mark.encoding, file);
  } finally {
    await pieces.return?.(); // closes the file
  }
}

async function* continued(head: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
}

async function* transcoded(
  bytes: AsyncIterable<Uint8Array>,
  encoding: 'utf-16le' | 'utf-16be',
  file: string,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  try {
    for await (const piece of bytes) yield encoder.encode(decoder.decode(piece, { stream: true }));
    yield encoder.encode(decoder.decode());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new DataError(
      { file },
      'begins as text in UTF-16 and is none to its end; convert it to UTF-8 first',
    );
  }
}
