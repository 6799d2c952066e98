// A masked round's checkpoint, from what its members know that they gave: every member's numbers follow from her name and the round,
// so that their plain sum is made here with nothing of what was sent, shared or revealed.
import { decode } from '@colora/tensors/safetensors/safetensors';
import { type Given, givenOf, type Shapes } from '../clients/content.ts';
import { type Query, readBlob, type VerdictsRow } from './record.ts';
import { farthest, type ReplayedRound } from './replay.ts';

/** By group: what makes its members' numbers. */
export interface MaskedForm {
  readonly seed: number;
  readonly shapes: Shapes;
}

/** A rounding to f32 of values about 1. */
const tolerance = 1e-6;

/** Violations in words. */
export async function replayMasked(query: Query, round: ReplayedRound, form: MaskedForm): Promise<string[]> {
  const { group, number, members, verdicts, before, after, contributions } = round;
  const { aggregation, privacy } = group.settings;
  const needed = Math.max(1, Math.min(privacy.minMembers ?? 1, members));
  const { bits, range = privacy.clipNorm! } = privacy.secureAggregation!;
  const most = 2 ** (bits - 1) - 1;
  const start = decode(await readBlob(query, before.blobId)).tensors;
  const given = contributions.map(({ participant: client }) =>
    givenOf(
      { seed: form.seed, client, group: group.name, round: number, version: before.version },
      form.shapes,
    ),
  );
  const expected = new Map(
    [...start].map(([name, { data }]) => {
      const held = given.filter(({ update }) => update.has(name));
      if (held.length < needed) return [name, data];
      const total = held.reduce((sum, { weight }) => sum + weight, 0);
      return [
        name,
        data.map(
          (value, at) =>
            value - aggregation.rate * (wholeSum(held, name, at, most / range) / total) * (range / most),
        ),
      ];
    }),
  );
  const stored = decode(await readBlob(query, after.blobId)).tensors;
  const apart = farthest(expected, new Map([...stored].map(([name, { data }]) => [name, data])));
  const gave = `what the ${contributions.length} members of round ${number} gave`;
  return [
    ...(apart <= tolerance
      ? []
      : [`checkpoint ${after.version} of ${group.name} is not ${gave}: ${apart} apart`]),
    ...(sameVerdicts(verdicts, given) ? [] : [`the verdicts kept with it in ${group.name} are not ${gave}`]),
  ];
}

/** Each number of a member's is a whole number of 1/1023. */
function sameVerdicts(kept: VerdictsRow | null, given: readonly Given[]): boolean {
  const told = given.flatMap(({ verdict }) => (verdict === null ? [] : [verdict]));
  if (kept === null || told.length === 0) return kept === null && told.length === 0;
  const sum = (part: (figures: Told, weight: number) => number) =>
    told.reduce((total, { figures }) => {
      const weight = 0.1 ** 2 / ((figures.standardError / 100) ** 2 + 0.1 ** 2);
      return total + part(figures, weight);
    }, 0);
  const whole = (share: number) => Math.round(1023 * share);
  const weights = sum((_, weight) => whole(weight));
  const numbers: readonly [number, number][] = [
    [kept.told, told.length],
    [kept.shareOfCore, sum(({ shareOfCore }) => shareOfCore) / 100],
    [kept.weight, weights / 1023],
    [kept.weight2, sum((_, weight) => whole(weight ** 2)) / 1023],
    [kept.gain, (2 * sum(({ gain }, weight) => whole((weight * (1 + gain / 100)) / 2)) - weights) / 1023],
    [kept.gain2, sum(({ gain }, weight) => whole(weight * (gain / 100) ** 2)) / 1023],
    ...Object.entries(kept.opinions).map(([opinion, count]): [number, number] => [
      count,
      told.filter((one) => one.opinion === opinion).length,
    ]),
  ];
  return numbers.every(([one, other]) => Math.abs(one - other) < 1e-9);
}

type Told = NonNullable<Given['verdict']>['figures'];

function wholeSum(held: readonly Given[], name: string, at: number, scale: number): number {
  return held.reduce(
    (sum, { update, weight }) => sum + weight * Math.floor(update.get(name)!.data[at]! * scale + 0.5),
    0,
  );
}
