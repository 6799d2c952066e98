// A cap on bytes a second, as a token bucket that may be in debt: who takes more than is there waits until
// the debt is paid, so that the mean over any second or more is the rate, whatever the sizes of the pieces.
import { sleep } from '../abortable.ts';

export interface Bucket {
  /** Sizes above this are better taken in parts: each is at most a twentieth of a second's worth. */
  readonly pieceBytes: number;
  /** Takes so many bytes; returns the seconds to wait before they may pass. */
  take(bytes: number): number;
}

const burstSeconds = 0.1;

/** `clock` in seconds; it only has to run evenly. */
export function createBucket(bytesPerSecond: number, clock = () => performance.now() / 1000): Bucket {
  const burst = bytesPerSecond * burstSeconds;
  let tokens = burst;
  let filledAt = clock();
  return {
    pieceBytes: Math.max(512, Math.ceil(bytesPerSecond / 20)),
    take(bytes) {
      const now = clock();
      tokens = Math.min(burst, tokens + (now - filledAt) * bytesPerSecond) - bytes;
      filledAt = now;
      return Math.max(0, -tokens / bytesPerSecond);
    },
  };
}

/** The same bytes at the bucket's pace; without a bucket as they come. Throws the signal's reason. */
export async function* paced(
  source: AsyncIterable<Uint8Array>,
  bucket: Bucket | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (bucket === undefined) {
      yield chunk;
      continue;
    }
    for (let from = 0; from < chunk.byteLength; from += bucket.pieceBytes) {
      const piece = chunk.subarray(from, from + bucket.pieceBytes);
      const seconds = bucket.take(piece.byteLength);
      if (seconds > 0) await sleep(seconds, signal);
      yield piece;
    }
  }
}
