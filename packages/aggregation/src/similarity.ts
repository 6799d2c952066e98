// How much the updates of different participants agree: cosines between them, advice to admins for grouping.
// Not here: grouping itself.
import { sameShape, type TensorMap } from '@colora/tensors/tensor';
import { AggregationError } from './aggregation-error.ts';

interface Similarity {
  /** Rows and columns of `matrix`, in the order given. */
  readonly names: string[];
  /** matrix[i][j] in [-1, 1], symmetric, ones on the diagonal. */
  readonly matrix: number[][];
}

/**
 * Cosines between updates, each over the tensors that both sent: <a, b> / (|a| |b|), in f64.
 * 0 where two have no tensor in common or one is all zeros there. Throws AggregationError on differing shapes.
 */
export function cosineSimilarity(updates: ReadonlyMap<string, TensorMap>): Similarity {
  const names = [...updates.keys()];
  const maps = [...updates.values()];
  const matrix: number[][] = maps.map((_, i) => maps.map((_, j) => (i === j ? 1 : 0)));
  for (let i = 0; i < maps.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const value = cosine(maps[i]!, maps[j]!);
      matrix[i]![j] = value;
      matrix[j]![i] = value;
    }
  }
  return { names, matrix };
}

function cosine(a: TensorMap, b: TensorMap): number {
  let product = 0;
  let aSquares = 0;
  let bSquares = 0;
  for (const [name, left] of a) {
    const right = b.get(name);
    if (right === undefined) continue;
    if (!sameShape(left.shape, right.shape)) {
      throw new AggregationError('wrong-shape', `tensor ${name} has different shapes in two updates`);
    }
    for (let i = 0; i < left.data.length; i += 1) {
      const x = left.data[i]!;
      const y = right.data[i]!;
      product += x * y;
      aSquares += x * x;
      bSquares += y * y;
    }
  }
  if (aSquares === 0 || bSquares === 0) return 0;
  return Math.max(-1, Math.min(1, product / Math.sqrt(aSquares) / Math.sqrt(bSquares)));
}
