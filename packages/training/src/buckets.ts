// Padded lengths: a compiled graph has static shapes, so batches are padded to a few fixed lengths.

/** Up to this many tokens padding costs less than compiling a second graph. */
const singleBucketLimit = 32;

/** The padded lengths in use for a limit: 24 -> [24]; 128 -> [32, 64, 96, 128]; 500 -> [32, …, 384, 500]. */
export function bucketLengths(maxTokens: number): number[] {
  const lengths: number[] = [];
  for (
    let length = singleBucketLimit;
    length < maxTokens;
    length += length < 128 ? 32 : powerBelow(length) / 2
  ) {
    lengths.push(length);
  }
  return [...lengths, maxTokens];
}

/** The shortest bucket that holds `length` tokens; the last one for anything longer. */
export function bucketOf(length: number, buckets: readonly number[]): number {
  return buckets.find((bucket) => length <= bucket) ?? buckets.at(-1)!;
}

/** Places for `count` targets an example: the next power of two, at least 1 and at most the tokens there are. */
export function targetBucket(count: number, tokens: number): number {
  return Math.min(2 ** Math.ceil(Math.log2(Math.max(count, 1))), tokens);
}

function powerBelow(length: number): number {
  return 2 ** Math.floor(Math.log2(length));
}
