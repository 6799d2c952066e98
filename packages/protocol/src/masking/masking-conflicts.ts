// What doesn't go together with secure aggregation, and why: each refused when a group is made, and in its dry run.
import type { AggregationSettings } from '../aggregation-settings.ts';
import { isAccounted } from '../privacy/budget-settings.ts';
import { mostMasked } from './masking-forms.ts';
import { mostAsked, ringHolding, ringLoadOf } from './masking-ring.ts';
import { mostMaskedWeight, type SecureAggregation } from './masking-settings.ts';
import { sumsVerdicts } from './verdict-settings.ts';

interface Facts {
  readonly aggregation: AggregationSettings;
  readonly rounds: {
    readonly mode: string;
    readonly maxStaleness: number;
    readonly cohort?: { readonly count?: number | undefined } | undefined;
    readonly overSelection: number;
    readonly quorum: number;
  };
  readonly wire: { readonly upload: string };
  readonly privacy: {
    readonly clipNorm?: number | undefined;
    readonly minMembers?: number | undefined;
    readonly delta?: number | undefined;
    readonly secureAggregation?: SecureAggregation | undefined;
  };
}

interface Conflict {
  readonly path: readonly string[];
  /** The reason, and what mends it. */
  readonly message: string;
}

/** A sum of fewer tells too much of each: of two, either knows the other's. */
const fewestSummed = 3;

/** With how many contributions a masked round may be summed up. */
export function fewestMasked({ rounds, privacy }: Pick<Facts, 'rounds' | 'privacy'>): number {
  return Math.max(fewestSummed, rounds.quorum, privacy.minMembers ?? 1);
}

/** Empty without secure aggregation. */
export function maskingConflicts(settings: Facts): Conflict[] {
  const { aggregation, rounds, wire, privacy } = settings;
  if (privacy.secureAggregation === undefined) return [];
  const conflicts: (readonly [boolean, string, string])[] = [
    [
      aggregation.rule !== 'mean',
      'aggregation.rule',
      `${aggregation.rule} looks at single contributions, and with secure aggregation nobody sees any: use rule mean, or do without privacy.secureAggregation`,
    ],
    [
      aggregation.weighting === 'examples' && aggregation.exampleCap > mostMaskedWeight,
      'aggregation.exampleCap',
      `with secure aggregation a weight has 8 bits: set it to ${mostMaskedWeight} at most, or use weighting uniform`,
    ],
    [
      wire.upload !== 'f32',
      'wire.upload',
      'with secure aggregation what travels is masked whole numbers, which no encoding packs (and which values top-k keeps would tell): use upload f32',
    ],
    [
      rounds.mode === 'buffered',
      'rounds.mode',
      'masks are agreed on by those who are in a round together, and a buffered one takes whoever comes: use mode synchronous',
    ],
    [
      rounds.maxStaleness > 0,
      'rounds.maxStaleness',
      'masks are of one round, so what comes late can’t count in another: use 0',
    ],
    [
      privacy.clipNorm === undefined,
      'privacy.clipNorm',
      'secure aggregation adds up whole numbers of a fixed range, and needs to know it: set a clip norm',
    ],
    [
      sumsVerdicts(settings) && isAccounted(settings),
      'privacy.secureAggregation.verdicts',
      'figures of members’ verdicts are not noised, and no privacy budget covers them: leave this out, or do without privacy.delta',
    ],
    [
      fewestMasked(settings) > mostMasked,
      (privacy.minMembers ?? 1) > mostMasked ? 'privacy.minMembers' : 'rounds.quorum',
      `a masked round has ${mostMasked} members at most, so it would never have as many: use ${mostMasked} or fewer`,
    ],
    [
      rounds.cohort?.count !== undefined && mostAsked(settings) < fewestMasked(settings),
      'rounds.cohort.count',
      `a sum is made of ${fewestMasked(settings)} contributions at least, or those in it could work out the others’: ask as many members, or more`,
    ],
    [
      ringHolding(ringLoadOf(settings, mostAsked(settings))) === null,
      'privacy.secureAggregation.bits',
      `the sum of ${mostAsked(settings)} contributions would not fit into 32 bits: use fewer bits, a lower aggregation.exampleCap, or a rounds.cohort of fewer members`,
    ],
  ];
  return conflicts.flatMap(([isThere, path, message]) =>
    isThere ? [{ path: path.split('.'), message }] : [],
  );
}
