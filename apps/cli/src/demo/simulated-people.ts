// Simulated people who train a linear head on the demo's frozen base model together, with noise on the sum of each round or on each
// contribution: what a privacy budget costs in accuracy, for more people than daemons can be started. Texts, vectors, each person's
// training, clipping (the client's makeContribution) and noise are real; the people, six texts each, are drawn, and local noise is
// drawn as one normal number of the same distribution.
import type { Random } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';
import { makeContribution } from '@colora/training/learning/contribution';
import type { Review } from './review-features.ts';

export const simulatedRounds = 10;
/** Texts that nobody trains on. */
export const heldOut = 600;
const steps = 5;
const localRate = 4;
const clipNorm = 2;
const textsEach = 6;

function logit(head: Float32Array, { features }: Review): number {
  let sum = 0;
  for (let i = 0; i < head.length; i += 1) sum += head[i]! * features[i]!;
  return sum;
}

/** What a person's full-batch steps of logistic regression change in the head. */
function trained(head: Float32Array, own: readonly Review[]): Float32Array {
  const moved = Float32Array.from(head);
  for (let step = 0; step < steps; step += 1) {
    const errors = own.map((review) => 1 / (1 + Math.exp(-logit(moved, review))) - (review.positive ? 1 : 0));
    for (const [at, { features }] of own.entries()) {
      const pull = (localRate * errors[at]!) / own.length;
      for (let i = 0; i < moved.length; i += 1) moved[i]! -= pull * features[i]!;
    }
  }
  return head.map((value, i) => value - moved[i]!);
}

export interface SimulatedPeople {
  readonly people: number;
  readonly mechanism: 'none' | 'central' | 'local';
  readonly noiseMultiplier: number;
}

/** The share of `judged` that is right after all rounds. `noiseMultiplier`: of the sum, or of each contribution. */
export function accuracyOf(
  { people, mechanism, noiseMultiplier }: SimulatedPeople,
  [train, judged]: readonly [readonly Review[], readonly Review[]],
  random: Random,
): number {
  const owned = Array.from({ length: people }, () =>
    Array.from({ length: textsEach }, () => train[random.integer(train.length)]!),
  );
  const size = train[0]!.features.length;
  let head = new Float32Array(size);
  for (let round = 0; round < simulatedRounds; round += 1) {
    const sum = new Float64Array(size);
    for (const own of owned) {
      const update: TensorMap = new Map([['head', { shape: [size], data: trained(head, own) }]]);
      const sent = makeContribution(update, { clipNorm }).get('head')!.data;
      for (let i = 0; i < sum.length; i += 1) sum[i]! += sent[i]!;
    }
    const deviation = noiseMultiplier * clipNorm * (mechanism === 'local' ? Math.sqrt(people) : 1);
    head = head.map((value, i) => value - (sum[i]! + deviation * random.gaussian()) / people);
  }
  const right = judged.filter((review) => logit(head, review) > 0 === review.positive).length;
  return right / judged.length;
}
