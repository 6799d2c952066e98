// Ridge least squares and thin products on flat arrays: the hot loops. Dense decompositions are ml-matrix's.
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

interface LinearFit {
  readonly solution: Float64Array;
  /** target - prediction of each row. */
  readonly residuals: Float64Array;
}

/**
 * argmin |features x - targets|^2 + penalty |x|^2; features [m, n] row by row, targets [m].
 * Solves the smaller of the two equivalent systems: (P^T P + penalty) x = P^T y, or x = P^T (P P^T + penalty)^-1 y.
 */
export function ridge(features: Float64Array, targets: Float64Array, penalty: number): LinearFit {
  const rows = targets.length;
  const columns = features.length / rows;
  const transposed = transpose(features, rows, columns);
  const solution =
    rows < columns
      ? timesVector(transposed, solveGram(features, rows, penalty, targets))
      : solveGram(transposed, columns, penalty, timesVector(transposed, targets));
  const predictions = timesVector(features, solution);
  return { solution, residuals: targets.map((target, j) => target - predictions[j]!) };
}

/** x of (F F^T + penalty I) x = y, F [n, length] row by row. */
function solveGram(F: Float64Array, n: number, penalty: number, y: Float64Array): Float64Array {
  const length = F.length / n;
  const gram = Matrix.zeros(n, n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const value = dot(F, i * length, F, j * length, length);
      gram.set(i, j, value);
      gram.set(j, i, value);
    }
    gram.set(i, i, gram.get(i, i) + penalty);
  }
  return Float64Array.from(new CholeskyDecomposition(gram).solve(Matrix.columnVector(y)).to1DArray());
}

function timesVector(matrix: Float64Array, vector: Float64Array): Float64Array {
  const columns = vector.length;
  const product = new Float64Array(matrix.length / columns);
  return product.map((_, row) => dot(matrix, row * columns, vector, 0, columns));
}

function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const transposed = new Float64Array(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      transposed[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return transposed;
}

/**
 * inputs [n, d] row by row times a thin factor [d, r]: [n, r]. Four columns at a time, so that each input is read
 * once for four of them and no sum waits for the one before.
 */
export function timesColumns(inputs: Float32Array, factor: Matrix): Float64Array {
  const [length, rank] = [factor.rows, factor.columns];
  const rows = inputs.length / length;
  const columns = new Float64Array(Math.ceil(rank / 4) * 4 * length);
  columns.set(factor.transpose().to1DArray()); // the rest stays zero
  const products = new Float64Array(rows * rank);
  for (let q = 0; q < rank; q += 4) {
    const width = Math.min(4, rank - q);
    const [first, second, third, fourth] = [0, 1, 2, 3].map((i) => (q + i) * length) as [
      number,
      number,
      number,
      number,
    ];
    for (let row = 0; row < rows; row += 1) {
      let [a, b, c, d] = [0, 0, 0, 0];
      const start = row * length;
      for (let i = 0; i < length; i += 1) {
        const input = inputs[start + i]!;
        a += input * columns[first + i]!;
        b += input * columns[second + i]!;
        c += input * columns[third + i]!;
        d += input * columns[fourth + i]!;
      }
      const sums = [a, b, c, d];
      for (let i = 0; i < width; i += 1) products[row * rank + q + i] = sums[i]!;
    }
  }
  return products;
}

function dot(x: Float64Array, xStart: number, y: Float64Array, yStart: number, length: number): number {
  let [a, b] = [0, 0];
  const even = length - (length % 2);
  for (let i = 0; i < even; i += 2) {
    a += x[xStart + i]! * y[yStart + i]!;
    b += x[xStart + i + 1]! * y[yStart + i + 1]!;
  }
  if (even < length) a += x[xStart + even]! * y[yStart + even]!;
  return a + b;
}

export function meanSquare(values: Float64Array): number {
  return dot(values, 0, values, 0, values.length) / values.length;
}
