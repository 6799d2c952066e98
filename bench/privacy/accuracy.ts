// What a privacy budget costs in accuracy: a linear head on the demo's frozen base model, trained on the demo's reviews by 12, 100,
// 1,000 and 10,000 simulated people in rounds, with noise on the sum (central) and on each contribution (local), at several epsilons.
//
// Real: the texts, the base model, each person's training, clipping (the client's makeContribution), the noise for the budget
// (packages/privacy), its size and what the sum is divided by. Simulated: the people, six texts each, drawn from the same 2,400, so
// that at 10,000 a text is many people's; and the sum of local noise, drawn as one normal number of the same distribution. Everybody
// takes part in every round: nothing is amplified. The base model stays as it is: there are 513 values to hide, and not an adapter's.
import { parseArgs } from 'node:util';
import { reviewFeatures } from '@colora/cli/demo/review-features';
import { accuracyOf, heldOut, simulatedRounds } from '@colora/cli/demo/simulated-people';
import { gaussian } from '@colora/privacy/accounting/gaussian';
import { noiseForBudget } from '@colora/privacy/accounting/noise-for-budget';
import { seededRandom } from '@colora/tensors/random';

const { values: flags } = parseArgs({
  options: {
    people: { type: 'string', default: '12,100,1000,10000' },
    draws: { type: 'string', default: '5' },
  },
});
const sizes = flags.people.split(',').map(Number);
const draws = Number(flags.draws);

const epsilons = [8, 3, 1];
/** The chance with which epsilon may not hold: below one in as many people. */
const deltaOf = (people: number) => Math.min(1e-5, 1 / (10 * people));

const reviews = await reviewFeatures();
const noises = (people: number) => [
  { mechanism: 'none' as const, epsilon: Number.POSITIVE_INFINITY, noiseMultiplier: 0 },
  ...epsilons.flatMap((epsilon) => {
    const noiseMultiplier = noiseForBudget({ epsilon, delta: deltaOf(people) }, simulatedRounds, gaussian)!;
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
        [dealt.slice(heldOut), dealt.slice(0, heldOut)],
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
