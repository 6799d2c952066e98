// What a privacy budget costs in accuracy: a linear head on the demo's frozen base model, trained on the demo's reviews by 12, 100,
// 1,000 and 10,000 simulated people in rounds, with noise on the sum (central) and on each contribution (local), at several epsilons.
//
// Real: the texts, the base model, each person's training, clipping (the client's makeContribution), the noise for the budget
// (packages/privacy), its size and what the sum is divided by. Simulated: the people, six texts each, drawn from the same 2,400, so
// that at 10,000 a text is many people's; and the sum of local noise, drawn as one normal number of the same distribution. Everybody
// takes part in every round: nothing is amplified. The base model stays as it is: there are 513 values to hide, and not an adapter's.
import { parseArgs } from 'node:util';
import { gaussian } from '@colora/privacy/accounting/gaussian';
import { noiseForBudget } from '@colora/privacy/accounting/noise-for-budget';
import { type Random, seededRandom } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';
import { makeContribution } from '@colora/training/learning/contribution';
import { type Review, reviewFeatures } from './review-features.ts';

const { values: flags } = parseArgs({
  options: {
    people: { type: 'string', default: '12,100,1000,10000' },
    draws: { type: 'string', default: '5' },
  },
});
const sizes = flags.people.split(',').map(Number);
const draws = Number(flags.draws);

const rounds = 10;
const steps = 5;
const localRate = 4;
const clipNorm = 2;
const textsEach = 6;
const epsilons = [8, 3, 1];
/** The chance with which epsilon may not hold: below one in as many people. */
const deltaOf = (people: number) => Math.min(1e-5, 1 / (10 * people));

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

interface Case {
  readonly people: number;
  readonly mechanism: 'none' | 'central' | 'local';
  readonly noiseMultiplier: number;
}

function accuracyOf(
  { people, mechanism, noiseMultiplier }: Case,
  [train, heldOut]: readonly [readonly Review[], readonly Review[]],
  random: Random,
): number {
  const owned = Array.from({ length: people }, () =>
    Array.from({ length: textsEach }, () => train[random.integer(train.length)]!),
  );
  const size = train[0]!.features.length;
  let head = new Float32Array(size);
  for (let round = 0; round < rounds; round += 1) {
    const sum = new Float64Array(size);
    for (const own of owned) {
      const update: TensorMap = new Map([['head', { shape: [size], data: trained(head, own) }]]);
      const sent = makeContribution(update, { clipNorm }).get('head')!.data;
      for (let i = 0; i < sum.length; i += 1) sum[i]! += sent[i]!;
    }
    const deviation = noiseMultiplier * clipNorm * (mechanism === 'local' ? Math.sqrt(people) : 1);
    head = head.map((value, i) => value - (sum[i]! + deviation * random.gaussian()) / people);
  }
  const right = heldOut.filter((review) => logit(head, review) > 0 === review.positive).length;
  return right / heldOut.length;
}

const reviews = await reviewFeatures();
const noises = (people: number) => [
  { mechanism: 'none' as const, epsilon: Number.POSITIVE_INFINITY, noiseMultiplier: 0 },
  ...epsilons.flatMap((epsilon) => {
    const noiseMultiplier = noiseForBudget({ epsilon, delta: deltaOf(people) }, rounds, gaussian)!;
    return (['central', 'local'] as const).map((mechanism) => ({ mechanism, epsilon, noiseMultiplier }));
  }),
];

console.log(
  '| people | delta | who adds noise | epsilon | noise multiplier | accuracy, % ± standard error |',
);
console.log('|---|---|---|---|---|---|');
for (const people of sizes) {
  for (const { mechanism, epsilon, noiseMultiplier } of noises(people)) {
    const reached = Array.from({ length: draws }, (_, draw) => {
      const random = seededRandom(`${people} ${draw}`);
      const dealt = random.shuffle(reviews);
      return accuracyOf(
        { people, mechanism, noiseMultiplier },
        [dealt.slice(600), dealt.slice(0, 600)],
        random,
      );
    });
    const mean = reached.reduce((total, one) => total + one, 0) / draws;
    const spread = Math.sqrt(
      reached.reduce((total, one) => total + (one - mean) ** 2, 0) / (draws - 1) / draws,
    );
    const shown = [
      people.toLocaleString('en'),
      mechanism === 'none' ? '-' : deltaOf(people).toExponential(0),
      mechanism === 'none' ? 'nobody' : mechanism,
      mechanism === 'none' ? 'none' : epsilon,
      mechanism === 'none' ? '-' : noiseMultiplier,
      `${(100 * mean).toFixed(1)} ± ${(100 * spread).toFixed(1)}`,
    ];
    console.log(`| ${shown.join(' | ')} |`);
  }
}
