// The coordinator's side of the recovery: rounds of personal step -> contributions -> weighted mean -> shared step.
// The mean is the product's own aggregation; only the scaled step and the orthonormal bases are of this example.
import { openWindowSums } from '@colora/aggregation/combine-ranges';
import type { Contribution } from '@colora/aggregation/contribution';
import type { TensorMap } from '@colora/tensors/tensor';
import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import {
  contributionOf,
  fitCore,
  newParticipant,
  type Participant,
  type SharedPart,
  spectralContributionOf,
} from './participant.ts';
import { type Observations, orthonormalColumns } from './problem.ts';

interface CollaborationSettings {
  readonly rank: number;
  readonly rounds: number;
}

// Of a full scaled step: half is stable even when the gradient is from few observations.
const rate = 0.5;

/** Estimates of every participant's M_i = B S_i A, in their order. All must have observations of one dimension. */
export function recoverTogether(
  everyone: readonly Observations[],
  settings: CollaborationSettings,
): Matrix[] {
  const { participants, shared } = collaborate(everyone, settings);
  return participants.map((participant) => {
    const { core } = fitCore(participant, shared).fit;
    return shared.B.mmul(core).mmul(shared.A);
  });
}

/** The spaces that their rounds end with, and what each participant knows of its noise by then. */
export function collaborate(
  everyone: readonly Observations[],
  settings: CollaborationSettings,
): { readonly participants: readonly Participant[]; readonly shared: SharedPart } {
  let participants = everyone.map(newParticipant);
  let shared = spectralStart(participants, settings.rank);
  for (let round = 0; round < settings.rounds; round += 1) {
    const steps = participants.map((participant) => fitCore(participant, shared));
    const contributions = steps.map(({ participant, fit }) => contributionOf(participant, fit, shared));
    participants = steps.map(({ participant }) => participant);
    shared = nextShared(shared, average(contributions));
  }
  return { participants, shared };
}

/**
 * Scaled gradient descent (ScaledGD, arXiv 2005.08898): each factor's gradient times the inverse of the other
 * side's mean Gram matrix, so that the step doesn't depend on how well the cores are conditioned. Then both
 * bases are made orthonormal again: the cores are solved anew, so only the spaces matter.
 */
function nextShared({ B, A }: SharedPart, mean: TensorMap): SharedPart {
  const stepB = matrixOf(mean, 'B')
    .mmul(inverse(matrixOf(mean, 'gram.B')))
    .mul(rate);
  const stepA = inverse(matrixOf(mean, 'gram.A')).mmul(matrixOf(mean, 'A')).mul(rate);
  return {
    B: orthonormalColumns(Matrix.sub(B, stepB)),
    A: orthonormalColumns(Matrix.sub(A, stepA).transpose()).transpose(),
  };
}

function spectralStart(participants: readonly Participant[], rank: number): SharedPart {
  const mean = average(participants.map(spectralContributionOf));
  return {
    B: topEigenvectors(matrixOf(mean, 'columns'), rank),
    A: topEigenvectors(matrixOf(mean, 'rows'), rank).transpose(),
  };
}

/** The weighted mean. Everybody sends the same names and shapes. */
function average(contributions: readonly Contribution[]): TensorMap {
  const tensors = [...contributions[0]!.tensors];
  const ranges = tensors.map(([, { data }]) => ({ from: 0, to: data.length }));
  const sums = openWindowSums([ranges]);
  sums.begin(ranges);
  const mean = tensors.map(([name, { shape, data }], t) => {
    for (const { weight, tensors } of contributions) {
      sums.add(t, tensors.get(name)!.data, { coefficient: weight, share: weight, factor: 1 });
    }
    const values = new Float32Array(data.length);
    sums.finish(t, undefined, values);
    return [name, { shape, data: values }] as const;
  });
  sums.close();
  return new Map(mean);
}

/** The eigenvectors of the r largest eigenvalues of a symmetric matrix, [d, r]. */
function topEigenvectors(symmetric: Matrix, rank: number): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  return eigenvectorMatrix.subMatrixColumn(order.slice(0, rank));
}

function matrixOf(tensors: TensorMap, name: string): Matrix {
  const { shape, data } = tensors.get(name)!;
  return Matrix.from1DArray(shape[0]!, shape[1]!, data);
}
