// Bytes cut into lines, which end at \n and nowhere else: a text may hold U+2028, U+0085 and the like. What the bytes
// mean is text-bytes.ts.

/**
 * Bytes that one example may have, be it a line, a row of a table or a file. A string holds no more than twice as many,
 * and what comes of them is several times as large.
 */
export const longestExample = 256 * 2 ** 20;

/** A line had more bytes than allowed; `line` counts from 1. */
export class LineTooLong extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`line ${line} is too long`);
    this.name = 'LineTooLong';
    this.line = line;
  }
}

/** Each line with the \n that ends it, where there is one. Holds one line and one piece of `bytes` at a time. Throws LineTooLong. */
export async function* byteLines(
  bytes: AsyncIterable<Uint8Array>,
  limit = longestExample,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  let line = 1;
  const add = (piece: Uint8Array) => {
    size += piece.byteLength;
    if (size > limit) throw new LineTooLong(line);
    held.push(piece);
  };
  const take = () => {
    const whole = held.length === 1 ? held[0]! : Buffer.concat(held, size);
    held = [];
    size = 0;
    line += 1;
    return whole;
  };
  for await (const piece of bytes) {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
      add(piece.subarray(from, end + 1));
      from = end + 1;
      yield take();
    }
    if (from < piece.byteLength) add(piece.subarray(from));
  }
  if (size > 0) yield take();
}
