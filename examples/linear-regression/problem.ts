// Heterogeneous linear regression: every participant i has its own matrix M_i = B* S_i* A*, all sharing the
// column space B* [d, r] and the row space A* [r, d], and observes y = <X, M_i> + noise with gaussian X [d, d].
// Data only; who learns what from it is participant.ts, collaborate.ts and alone.ts.
import { type Random, seededRandom } from '@colora/tensors/random';
import { Matrix, QrDecomposition } from 'ml-matrix';

interface ProblemSettings {
  readonly dimension: number;
  readonly rank: number;
  /** Standard deviation of the noise on y; y itself has standard deviation |M_i| = 1. */
  readonly noise: number;
  readonly seed: number;
}

export interface Observations {
  /** m matrices X, row by row: [m, d, d]. */
  readonly inputs: Float32Array;
  /** [m] */
  readonly outputs: Float64Array;
  /** M_i [d, d], for measuring the error alone. */
  readonly truth: Matrix;
}

export interface Problem {
  readonly settings: ProblemSettings;
  /** What this participant has seen with `samples` observations: more observations begin with the same ones. */
  readonly observe: (participant: number, samples: number) => Observations;
}

export function createProblem(settings: ProblemSettings): Problem {
  const { dimension, rank, seed } = settings;
  const random = seededRandom(`${seed}/spaces`);
  const B = orthonormalColumns(gaussianMatrix(random, dimension, rank));
  const A = orthonormalColumns(gaussianMatrix(random, dimension, rank)).transpose();
  return {
    settings,
    observe: (participant, samples) => {
      const own = seededRandom(`${seed}/participant/${participant}`);
      const core = gaussianMatrix(own, rank, rank);
      const truth = B.mmul(core.div(core.norm('frobenius'))).mmul(A);
      return { truth, ...drawObservations(own, truth, samples, settings.noise) };
    },
  };
}

function drawObservations(random: Random, truth: Matrix, samples: number, noise: number) {
  const weights = Float64Array.from(truth.to1DArray());
  const inputs = new Float32Array(samples * weights.length);
  const outputs = new Float64Array(samples);
  for (let j = 0; j < samples; j += 1) {
    const offset = j * weights.length;
    let product = 0;
    for (let i = 0; i < weights.length; i += 1) {
      const value = Math.fround(random.gaussian());
      inputs[offset + i] = value;
      product += value * weights[i]!;
    }
    outputs[j] = product + noise * random.gaussian();
  }
  return { inputs, outputs };
}

function gaussianMatrix(random: Random, rows: number, columns: number): Matrix {
  return Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => random.gaussian()),
  );
}

/** An orthonormal basis of the columns [d, r] (QR). */
export function orthonormalColumns(matrix: Matrix): Matrix {
  return new QrDecomposition(matrix).orthogonalMatrix;
}

/** |estimate - truth| / |truth| in the Frobenius norm. */
export function relativeError(estimate: Matrix, truth: Matrix): number {
  return Matrix.sub(estimate, truth).norm('frobenius') / truth.norm('frobenius');
}
