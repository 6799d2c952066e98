// One participant's side: its data, its personal core S_i [r, r], and what it contributes to the shared B and A.
// Observations and S_i stay here; averages over them leave (contributionOf, spectralContributionOf).
import type { Contribution } from '@colora/aggregation/contribution';
import type { Tensor } from '@colora/tensors/tensor';
import { Matrix } from 'ml-matrix';
import { meanSquare, ridge, timesColumns } from './least-squares.ts';
import type { Observations } from './problem.ts';

export interface Participant {
  readonly data: Observations;
  /** Smoothed mean squared residual: the noise the personal fit has to expect at this stage. */
  readonly variance: number;
}

interface Fit {
  readonly core: Matrix;
  /** y - prediction of each observation. */
  readonly residuals: Float64Array;
}

export interface SharedPart {
  /** [d, r], orthonormal columns. */
  readonly B: Matrix;
  /** [r, d], orthonormal rows. */
  readonly A: Matrix;
}

export function newParticipant(data: Observations): Participant {
  return { data, variance: meanSquare(data.outputs) };
}

/**
 * The personal step: S_i by ridge least squares on the r^2 features B^T X A^T, since <X, B S A> = <B^T X A^T, S>.
 * ridge = r^2 variance is the Bayesian one (entries of S have prior variance 1/r^2). The variance is that of the
 * residual, so the ridge anneals as the shared part improves; without it the first cores fit noise.
 */
export function fitCore(
  participant: Participant,
  shared: SharedPart,
): { participant: Participant; fit: Fit } {
  const { data } = participant;
  const rank = shared.A.rows;
  const features = projectInputs(data.inputs, data.outputs.length, shared);
  const { solution, residuals } = ridge(features, data.outputs, rank * rank * participant.variance);
  const variance = (participant.variance + Math.max(meanSquare(residuals), 1e-6)) / 2;
  const core = Matrix.from1DArray(rank, rank, solution);
  return { participant: { data, variance }, fit: { core, residuals } };
}

/**
 * The shared step's contribution: gradients of half the mean squared residual, and the r x r Gram matrices with
 * which the coordinator scales the step. With G = dL/dM_i: dB = G (S A)^T, dA = (B S)^T G.
 */
export function contributionOf(
  { data }: Participant,
  { core, residuals }: Fit,
  shared: SharedPart,
): Contribution {
  const slope = weightedSum(data.inputs, residuals, shared.B.rows).mul(-1);
  return {
    weight: data.outputs.length,
    tensors: new Map([
      ['B', toTensor(slope.mmul(core.mmul(shared.A).transpose()))],
      ['A', toTensor(shared.B.mmul(core).transpose().mmul(slope))],
      ['gram.B', toTensor(core.mmul(core.transpose()))], // (S A)(S A)^T, A has orthonormal rows
      ['gram.A', toTensor(core.transpose().mmul(core))], // (B S)^T (B S)
    ]),
  };
}

/** For the spectral start: sum_j y_j X_j / m estimates M_i, so its two squares show its column and row space. */
export function spectralContributionOf({ data }: Participant): Contribution {
  const dimension = data.truth.rows;
  const estimate = weightedSum(data.inputs, data.outputs, dimension);
  return {
    weight: data.outputs.length,
    tensors: new Map([
      ['columns', toTensor(estimate.mmul(estimate.transpose()))],
      ['rows', toTensor(estimate.transpose().mmul(estimate))],
    ]),
  };
}

/** B^T X_j A^T of every observation, [m, r * r]: the hot loop. */
function projectInputs(inputs: Float32Array, samples: number, { B, A }: SharedPart): Float64Array {
  const [dimension, rank] = [B.rows, B.columns];
  const basis = Float64Array.from(B.to1DArray());
  const projected = timesColumns(inputs, A.transpose()); // X_j A^T [m * d, r]
  const features = new Float64Array(samples * rank * rank);
  for (let row = 0; row < samples * dimension; row += 1) {
    const sample = Math.floor(row / dimension) * rank * rank;
    const basisRow = (row % dimension) * rank;
    for (let p = 0; p < rank; p += 1) {
      const weight = basis[basisRow + p]!;
      for (let q = 0; q < rank; q += 1)
        features[sample + p * rank + q]! += weight * projected[row * rank + q]!;
    }
  }
  return features;
}

/** sum_j weights_j X_j / m [d, d] */
function weightedSum(inputs: Float32Array, weights: Float64Array, dimension: number): Matrix {
  const size = dimension * dimension;
  const sum = new Float64Array(size);
  for (let j = 0; j < weights.length; j += 1) {
    const weight = weights[j]!;
    for (let i = 0; i < size; i += 1) sum[i]! += weight * inputs[j * size + i]!;
  }
  return Matrix.from1DArray(dimension, dimension, sum).div(weights.length);
}

function toTensor(matrix: Matrix): Tensor {
  return { shape: [matrix.rows, matrix.columns], data: Float32Array.from(matrix.to1DArray()) };
}
