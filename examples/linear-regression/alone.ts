// The baseline without anybody else: one participant recovers its own rank-r matrix from its own observations,
// by alternating ridge least squares in B and A (AltMin for matrix sensing, arXiv 1212.0467), spectral start.
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { meanSquare, ridge, timesColumns } from './least-squares.ts';
import { type Observations, orthonormalColumns } from './problem.ts';

/** The estimate of M_i [d, d]. Each half step solves d * r unknowns, so it needs about 2 d r observations. */
export function recoverAlone({ inputs, outputs }: Observations, rank: number, iterations: number): Matrix {
  const dimension = Math.sqrt(inputs.length / outputs.length);
  const transposed = transposeAll(inputs, dimension);
  let A = spectralRows(inputs, outputs, dimension, rank);
  let B = Matrix.zeros(dimension, rank);
  let variance = meanSquare(outputs);
  // <X, B A> = <X A^T, B> and <X, B A> = <X^T B, A^T>: the same problem on X and on X^T.
  const solveFactor = (matrices: Float32Array, fixed: Matrix): Matrix => {
    const features = timesColumns(matrices, fixed); // [m, d * r]
    const { solution, residuals } = ridge(features, outputs, dimension * rank * variance);
    variance = (variance + Math.max(meanSquare(residuals), 1e-6)) / 2;
    return Matrix.from1DArray(dimension, rank, solution);
  };
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    B = orthonormalColumns(solveFactor(inputs, orthonormalColumns(A.transpose())));
    A = solveFactor(transposed, B).transpose();
  }
  return B.mmul(A);
}

/** The top r right singular vectors of sum_j y_j X_j, an unbiased estimate of m M_i; [r, d]. */
function spectralRows(inputs: Float32Array, outputs: Float64Array, dimension: number, rank: number): Matrix {
  const size = dimension * dimension;
  const sum = new Float64Array(size);
  for (let i = 0; i < inputs.length; i += 1) sum[i % size]! += inputs[i]! * outputs[Math.floor(i / size)]!;
  const { rightSingularVectors } = new SingularValueDecomposition(
    Matrix.from1DArray(dimension, dimension, sum),
  );
  return rightSingularVectors.subMatrix(0, dimension - 1, 0, rank - 1).transpose();
}

function transposeAll(matrices: Float32Array, dimension: number): Float32Array {
  const size = dimension * dimension;
  const transposed = new Float32Array(matrices.length);
  for (let offset = 0; offset < matrices.length; offset += size) {
    for (let row = 0; row < dimension; row += 1) {
      for (let column = 0; column < dimension; column += 1) {
        transposed[offset + column * dimension + row] = matrices[offset + row * dimension + column]!;
      }
    }
  }
  return transposed;
}
