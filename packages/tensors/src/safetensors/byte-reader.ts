// Takes exact numbers of bytes off a stream whose chunks may be cut anywhere; holds one chunk at a time.

export interface ByteReader {
  /** Fills `target`; returns how many bytes it got, fewer than its length only at the end of the stream. */
  fill(target: Uint8Array): Promise<number>;
  /** Whether the stream has ended with every byte taken. */
  atEnd(): Promise<boolean>;
  /** Tells the source that no more is wanted. */
  close(): Promise<void>;
}

export function byteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  let ended = false;

  /** Makes `chunk` non-empty, or returns false at the end. */
  async function advance(): Promise<boolean> {
    while (chunk.length === 0 && !ended) {
      const next = await iterator.next();
      if (next.done === true) ended = true;
      else chunk = next.value;
    }
    return chunk.length > 0;
  }

  async function fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && (await advance())) {
      const taken = Math.min(chunk.length, target.length - filled);
      target.set(chunk.subarray(0, taken), filled);
      chunk = chunk.subarray(taken);
      filled += taken;
    }
    return filled;
  }

  async function close(): Promise<void> {
    chunk = new Uint8Array(0);
    if (!ended) await iterator.return?.();
    ended = true;
  }

  return { fill, atEnd: async () => !(await advance()), close };
}
