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

/**
 * At most three of those lengths, chosen for texts of these lengths: the ones that leave the least padding. One more
 * must save a tenth of what is computed, since each is a compiled graph of its own. The last one holds the longest.
 */
export function chooseBuckets(lengths: readonly number[], maxTokens: number): number[] {
  const all = bucketLengths(maxTokens);
  const counts = new Map<number, number>();
  for (const length of lengths) {
    const bucket = bucketOf(length, all);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  const used = all.filter((bucket) => counts.has(bucket));
  const last = used.pop();
  if (last === undefined) return [maxTokens];
  const computed = (buckets: readonly number[]) =>
    [...counts].reduce((sum, [bucket, count]) => sum + count * bucketOf(bucket, buckets), 0);
  let best = [last];
  for (const more of [1, 2]) {
    for (const chosen of combinations(used, more)) {
      const buckets = [...chosen, last];
      const limit = buckets.length > best.length ? 0.9 : 1;
      if (computed(buckets) < limit * computed(best)) best = buckets;
    }
  }
  return best;
}

function combinations(items: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    combinations(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
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
