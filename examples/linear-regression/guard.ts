// One participant's guard: does the common part serve it? Its observations are predicted twice by estimates that have not seen them,
// from its own others alone, and in the spaces that the rest found without it; the mean of its two estimates is weighed by that.
import { Matrix } from 'ml-matrix';
import { recoverAlone } from './alone.ts';
import { fitCore, newParticipant, type SharedPart } from './participant.ts';
import type { Observations } from './problem.ts';

const folds = 8;
/** The ridge of a core follows the residual; so often it has settled. */
const fits = 10;

export interface GuardSettings {
  readonly rank: number;
  /** Of the estimate made alone. */
  readonly iterations: number;
}

/**
 * The weight of the common estimate, 0 to 1: w that minimises sum_j (y_j - w c_j - (1 - w) a_j)^2 over the held-out predictions
 * c (in the spaces `without` this participant) and a (alone).
 */
export function weightOfTogether(data: Observations, without: SharedPart, settings: GuardSettings): number {
  let along = 0;
  let square = 0;
  for (let fold = 0; fold < folds; fold += 1) {
    const [seen, held] = [part(data, (j) => j % folds !== fold), part(data, (j) => j % folds === fold)];
    const alone = predict(held, recoverAlone(seen, settings.rank, settings.iterations));
    const together = predict(held, fitIn(without, seen));
    held.outputs.forEach((y, j) => {
      const step = together[j]! - alone[j]!;
      along += step * (y - alone[j]!);
      square += step * step;
    });
  }
  return square === 0 ? 0 : Math.min(1, Math.max(0, along / square));
}

/** B S A with the core fitted to these observations. */
export function fitIn(shared: SharedPart, data: Observations): Matrix {
  let participant = newParticipant(data);
  for (let fit = 1; fit < fits; fit += 1) participant = fitCore(participant, shared).participant;
  return shared.B.mmul(fitCore(participant, shared).fit.core).mmul(shared.A);
}

export function mix(alone: Matrix, together: Matrix, weight: number): Matrix {
  return Matrix.add(Matrix.mul(together, weight), Matrix.mul(alone, 1 - weight));
}

function part(
  { inputs, outputs, truth }: Observations,
  isIn: (observation: number) => boolean,
): Observations {
  const kept = [...outputs.keys()].filter(isIn);
  const size = inputs.length / outputs.length;
  const chosen = new Float32Array(kept.length * size);
  kept.forEach((j, place) => {
    chosen.set(inputs.subarray(j * size, (j + 1) * size), place * size);
  });
  return { inputs: chosen, outputs: Float64Array.from(kept, (j) => outputs[j]!), truth };
}

/** <X_j, M> of every observation. */
function predict({ inputs, outputs }: Observations, estimate: Matrix): Float64Array {
  const weights = Float64Array.from(estimate.to1DArray());
  return outputs.map((_, j) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i += 1) sum += inputs[j * weights.length + i]! * weights[i]!;
    return sum;
  });
}
