// Which part of a representation a Range request asks for (RFC 9110, 14). Pure; sending it is send-bytes.ts's.

/** From `from` (included) to `to` (excluded). */
interface ByteRange {
  readonly from: number;
  readonly to: number;
}

interface RangeHeaders {
  readonly range?: string | undefined;
  readonly 'if-range'?: string | undefined;
}

/**
 * The range, or 'whole' where none is asked for, one is asked for that we do not take (several parts, another unit), or
 * If-Range names other bytes than `etag`; 'unsatisfiable' where it begins past the end.
 */
export function byteRange(
  headers: RangeHeaders,
  etag: string,
  bytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.range?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole';
  if (headers['if-range'] !== undefined && headers['if-range'].trim() !== etag) return 'whole';
  const [first, last] = [match[1]!, match[2]!];
  if (first === '') {
    const length = Math.min(Number(last), bytes);
    return length === 0 ? 'unsatisfiable' : { from: bytes - length, to: bytes };
  }
  const from = Number(first);
  const to = last === '' ? bytes : Math.min(Number(last) + 1, bytes);
  if (last !== '' && Number(last) < from) return 'whole'; // not a valid range: ignored
  return from >= bytes ? 'unsatisfiable' : { from, to };
}
