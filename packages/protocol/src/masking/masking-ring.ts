// In how many bits a masked value travels, so that a round's sum can't wrap: proved when a group is made, for as many members as a
// round of it may ask. The arithmetic modulo powers of two is packages/privacy's masking.
import { contributionWeight } from '../aggregation-settings.ts';
import { mostMasked } from './masking-forms.ts';
import { mostMaskedWeight } from './masking-settings.ts';

export const ringSizes = [16, 24, 32] as const;
/** In bits. */
export type Ring = (typeof ringSizes)[number];

/** What a sum of a round is made of. */
export interface RingLoad {
  /** Contributions at most. */
  readonly members: number;
  /** Of one contribution, a whole number. */
  readonly mostWeight: number;
  /** Of a value: it is a whole number of at most 2^(bits - 1) - 1, either sign. */
  readonly bits: number;
  /** The most that is added to weight x value besides, either sign: noise. */
  readonly mostNoise: number;
}

interface RingFacts {
  readonly aggregation: Parameters<typeof contributionWeight>[0];
  readonly privacy: {
    readonly secureAggregation?: { readonly bits: number } | undefined;
    readonly mechanism?: string | undefined;
  };
}

/** A member's own noise on one value is a whole number of at most this: eleven times the largest deviation that it is drawn with. */
export const mostMaskedNoise = 65_536;

/** Figures and counts in a contribution are whole numbers of at most this. */
export const mostFigure = 1023;

export const mostQuantised = (bits: number) => 2 ** (bits - 1) - 1;

/** Of a round of so many members. Throws where the settings have no secure aggregation. */
export function ringLoadOf({ aggregation, privacy }: RingFacts, members: number): RingLoad {
  if (privacy.secureAggregation === undefined) throw new Error('nothing is masked in this group');
  const mostWeight = contributionWeight(aggregation, mostMaskedWeight);
  const mostNoise = privacy.mechanism === 'distributed' ? mostMaskedNoise : 0;
  return { members, mostWeight, bits: privacy.secureAggregation.bits, mostNoise };
}

/** The largest absolute value that the sum of so many contributions can have anywhere. */
export function mostSum({ members, mostWeight, bits, mostNoise }: RingLoad): number {
  return members * Math.max(mostWeight * mostQuantised(bits) + mostNoise, mostFigure);
}

/** The smallest ring in which no sum overflows: all are below half of it. Null: not even the largest. */
export function ringHolding(load: RingLoad): Ring | null {
  return ringSizes.find((bits) => mostSum(load) < 2 ** (bits - 1)) ?? null;
}

/** As many members as a round may ask. */
export function mostAsked({
  rounds,
}: {
  readonly rounds: {
    readonly cohort?: { readonly count?: number | undefined } | undefined;
    readonly overSelection: number;
  };
}): number {
  const { cohort, overSelection } = rounds;
  if (cohort?.count === undefined) return mostMasked;
  return Math.min(mostMasked, Math.ceil(cohort.count * overSelection));
}
