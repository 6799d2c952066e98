// Inner products of contributions, <x_i, x_j>, summed range by range in f64: all that distances between them need.
// Not here: what rules make of them.

/** Columns taken at a time, so that a block of every row stays in the cache while all pairs are formed. */
const blockElements = 1024;

/** An n x n matrix of zeros; row i at i * n. */
export function emptyGram(n: number): Float64Array {
  return new Float64Array(n * n);
}

/**
 * Adds the products of one range, in place; a row that isn't there counts as zeros. Only j <= i is filled:
 * `mirrorGram` fills the rest at the end.
 */
export function accumulateGram(rows: readonly (Float32Array | null)[], gram: Float64Array): void {
  const n = rows.length;
  const length = rows.find((row) => row !== null)?.length ?? 0;
  for (let from = 0; from < length; from += blockElements) {
    const to = Math.min(from + blockElements, length);
    const there: number[] = [];
    for (let i = 0; i < n; i += 1) {
      if (rows[i] === null) continue;
      there.push(i);
      addProducts(rows, { i, others: there, from, to }, gram);
    }
  }
}

interface Block {
  readonly i: number;
  /** Of rows that are there; row i may be one. */
  readonly others: readonly number[];
  /** Columns, `to` not included. */
  readonly from: number;
  readonly to: number;
}

/** The products of row i with the rows in `others`, four at a time: row i is then read once for four sums. */
function addProducts(
  rows: readonly (Float32Array | null)[],
  { i, others, from, to }: Block,
  gram: Float64Array,
): void {
  const left = rows[i]!;
  const at = i * rows.length;
  const whole = others.length - (others.length % 4);
  for (let k = 0; k < whole; k += 4) {
    const [j0, j1, j2, j3] = [others[k]!, others[k + 1]!, others[k + 2]!, others[k + 3]!];
    const [first, second, third, fourth] = [rows[j0]!, rows[j1]!, rows[j2]!, rows[j3]!];
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let e = from; e < to; e += 1) {
      const x = left[e]!;
      sum0 += x * first[e]!;
      sum1 += x * second[e]!;
      sum2 += x * third[e]!;
      sum3 += x * fourth[e]!;
    }
    gram[at + j0]! += sum0;
    gram[at + j1]! += sum1;
    gram[at + j2]! += sum2;
    gram[at + j3]! += sum3;
  }
  for (const j of others.slice(whole)) gram[at + j]! += product(left, rows[j]!, from, to);
}

/** Fills j > i from j < i, in place. */
export function mirrorGram(gram: Float64Array, n: number): void {
  for (let i = 0; i < n; i += 1) for (let j = 0; j < i; j += 1) gram[j * n + i] = gram[i * n + j]!;
}

/** |x_i - x_j|^2, at i * n + j; never below 0, whatever rounding does. */
export function squaredDistances(gram: Float64Array, n: number): Float64Array {
  const distances = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) {
      if (i === j) continue;
      distances[i * n + j] = Math.max(0, gram[i * n + i]! + gram[j * n + j]! - 2 * gram[i * n + j]!);
    }
  }
  return distances;
}

function product(left: Float32Array, right: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += left[i]! * right[i]!;
  return sum;
}
