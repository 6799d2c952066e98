// A masked round's checkpoint, from what its members know that they gave: every member's numbers follow from her name and the round,
// so that their plain sum is made here with nothing of what was sent, shared or revealed.
import { decode } from '@colora/tensors/safetensors/safetensors';
import { type Given, givenOf, type Shapes } from '../clients/content.ts';
import { type Query, readBlob } from './record.ts';
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
  const { group, number, members, before, after, contributions } = round;
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
  if (apart <= tolerance) return [];
  return [
    `checkpoint ${after.version} of ${group.name} is not what the ${contributions.length} members of round ${number} gave: ${apart} apart`,
  ];
}

function wholeSum(held: readonly Given[], name: string, at: number, scale: number): number {
  return held.reduce(
    (sum, { update, weight }) => sum + weight * Math.floor(update.get(name)!.data[at]! * scale + 0.5),
    0,
  );
}
