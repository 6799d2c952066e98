// How alike the members of a group are before any round: cosines between their probes (head rows that each fitted to its
// own examples on the frozen base model). Not here: what is made of them (regroup.ts), and where probes come from.

/** By label: weights, then the bias. All rows of all probes are of one length. */
export type Probe = ReadonlyMap<string, Float32Array>;

/** Of a list of members, by their places in it. */
export interface Likeness {
  readonly count: number;
  /** In [-1, 1]; NaN where the two have no label in common, or one knows nothing of those. Symmetric. */
  between(i: number, j: number): number;
}

/**
 * c_ij = the cosine of the two members' weights, stacked over the labels that both have; biases are left out (they tell how
 * often a label comes, not what it means). `between` is called after each member's row. 2 bytes a pair of members beside
 * the probes; 1000 members with 6 labels of 512 weights take 3 to 8 s of one core and 1 MB.
 */
export async function measureLikeness(
  probes: readonly Probe[],
  between: () => Promise<void> = async () => undefined,
): Promise<Likeness> {
  const squares = probes.map((probe) => new Map([...probe].map(([label, row]) => [label, dot(row, row)])));
  const packed = new Int16Array((probes.length * (probes.length - 1)) / 2);
  for (let i = 1; i < probes.length; i += 1) {
    for (let j = 0; j < i; j += 1)
      packed[place(i, j)] = asInteger(cosine(probes[i]!, probes[j]!, squares[i]!, squares[j]!));
    await between();
  }
  return likenessOf(probes.length, (i, j) => asCosine(packed[place(i, j)]!));
}

/** From any symmetric function: for tests, and where cosines are known. */
export function likenessOf(count: number, cosineOf: (larger: number, smaller: number) => number): Likeness {
  return { count, between: (i, j) => (i === j ? 1 : cosineOf(Math.max(i, j), Math.min(i, j))) };
}

const place = (i: number, j: number) => (i * (i - 1)) / 2 + j;

/** A cosine in 16 bits, to 3e-5: a thousandth of what chance makes of it. */
const steps = 32_767;
const unknown = -32_768;
const asInteger = (value: number) => (Number.isNaN(value) ? unknown : Math.round(value * steps));
const asCosine = (value: number) => (value === unknown ? Number.NaN : value / steps);

function cosine(
  a: Probe,
  b: Probe,
  aSquares: ReadonlyMap<string, number>,
  bSquares: ReadonlyMap<string, number>,
): number {
  let product = 0;
  let left = 0;
  let right = 0;
  for (const [label, row] of a) {
    const other = b.get(label);
    if (other === undefined) continue;
    const [one, two] = [aSquares.get(label)!, bSquares.get(label)!];
    if (one === 0 || two === 0) continue; // it learnt nothing of this label: that is no opinion
    product += dot(row, other);
    left += one;
    right += two;
  }
  if (left === 0 || right === 0) return Number.NaN;
  return Math.max(-1, Math.min(1, product / Math.sqrt(left) / Math.sqrt(right)));
}

/** Over the weights; four sums at a time, or each addition waits for the one before. */
function dot(a: Float32Array, b: Float32Array): number {
  const weights = a.length - 1;
  let [w, x, y, z] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < weights; i += 4) {
    w += a[i]! * b[i]!;
    x += a[i + 1]! * b[i + 1]!;
    y += a[i + 2]! * b[i + 2]!;
    z += a[i + 3]! * b[i + 3]!;
  }
  for (; i < weights; i += 1) w += a[i]! * b[i]!;
  return w + x + y + z;
}
