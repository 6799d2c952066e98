// Which groups have a privacy budget, and what doesn't go together with one, each with its reason. What a budget comes to is
// packages/privacy's; here is only which settings leave every member's part in the training bounded and noised.
/** What decides it, of a group's settings. */
interface PrivacyFacts {
  readonly clipNorm?: number | undefined;
  readonly mechanism?: Mechanism | undefined;
  readonly noiseMultiplier?: number | undefined;
  readonly epsilon?: number | undefined;
  readonly delta?: number | undefined;
  readonly minMembers?: number | undefined;
  readonly secureAggregation?: object | undefined;
}

interface Facts {
  readonly aggregation: { readonly rule: string; readonly weighting: string };
  readonly rounds: {
    readonly mode: string;
    readonly participants: number;
    readonly maxStaleness: number;
    readonly sampling?: string | undefined;
    readonly cohort?: { readonly fraction?: number | undefined } | undefined;
    readonly earlyStop?: object | undefined;
  };
  readonly privacy: PrivacyFacts;
}

export type Mechanism = 'local' | 'central' | 'distributed';

/** Groups that are older than the choice have local noise, where they have any. */
export function mechanismOf({ privacy }: Pick<Facts, 'privacy'>): Mechanism {
  return privacy.mechanism ?? 'local';
}

/** Whether what is revealed of a member is added up and held to a budget. */
export function isAccounted({ privacy }: Pick<Facts, 'privacy'>): boolean {
  return privacy.delta !== undefined;
}

/** Whether the round's sum is noised, and not each contribution. */
export function isSumNoised(settings: Pick<Facts, 'privacy'>): boolean {
  return mechanismOf(settings) !== 'local';
}

/** The noise that a member adds herself, as a multiple of privacy.clipNorm; undefined: none. */
export function ownNoiseOf(privacy: PrivacyFacts): number | undefined {
  return isSumNoised({ privacy }) ? undefined : privacy.noiseMultiplier;
}

/** A member's chance to be asked in a round by a coin flip; 1 where all are asked, or lots decide. */
export function coinChanceOf({ rounds }: Pick<Facts, 'rounds'>): number {
  return rounds.sampling === 'poisson' ? (rounds.cohort?.fraction ?? 1) : 1;
}

/** So seldom do coins that are reckoned with ask nobody. */
const seldom = 2 ** -30;

/**
 * Why being asked seldom is not reckoned with, though coins decide: who knows how they fell, or noise that is there only with the
 * member whom it hides. And coins that ask nobody are flipped again, which asks each of the others more often than was said: with so
 * many members that it never happens that is nothing. Null where it is reckoned with, or there are no coins.
 */
export function whyCoinsHideNobody(settings: Pick<Facts, 'privacy' | 'rounds'>): string | null {
  const { sampling, participants } = settings.rounds;
  if (sampling !== 'poisson') return null;
  if (mechanismOf(settings) !== 'central')
    return 'noise that members add is to hold against the coordinator too, which flips the coins and sees who was asked: use mechanism central';
  const chance = coinChanceOf(settings);
  if ((1 - chance) ** participants <= seldom) return null;
  const enough = Math.ceil(Math.log(seldom) / Math.log1p(-chance));
  return `of ${participants} members they may ask nobody, and are flipped again then: rounds have to open with ${enough} (rounds.participants)`;
}

/** What is reckoned with of a member's chance to be asked in a round; 1 where nothing is claimed of who is asked. */
export function samplingRateOf(settings: Pick<Facts, 'privacy' | 'rounds'>): number {
  return whyCoinsHideNobody(settings) === null ? coinChanceOf(settings) : 1;
}

export interface SettingsFault {
  readonly path: readonly [string, string];
  readonly message: string;
}

interface BudgetRule extends SettingsFault {
  readonly isBroken: (settings: Facts) => boolean;
}

/** In groups with a budget. */
const budgetRules: readonly BudgetRule[] = [
  {
    path: ['privacy', 'clipNorm'],
    message: 'a budget needs it: without a bound on what one member sends no noise hides her',
    isBroken: ({ privacy }) => privacy.clipNorm === undefined,
  },
  {
    path: ['privacy', 'epsilon'],
    message: 'give epsilon, from which the noise follows, or noiseMultiplier, from which epsilon follows',
    isBroken: ({ privacy }) => privacy.epsilon === undefined && privacy.noiseMultiplier === undefined,
  },
  {
    path: ['aggregation', 'weighting'],
    message:
      'how many examples a member has is neither clipped nor noised: use weighting uniform with a budget',
    isBroken: ({ aggregation }) => aggregation.weighting !== 'uniform',
  },
  {
    path: ['rounds', 'earlyStop'],
    message:
      'what members measure on their own examples is not noised, and would decide when the group stops: leave it out with a budget',
    isBroken: ({ rounds }) => rounds.earlyStop !== undefined,
  },
  {
    path: ['rounds', 'mode'],
    message:
      'how often a member counts in a buffered group is up to her speed: use mode synchronous with a budget',
    isBroken: ({ rounds }) => rounds.mode === 'buffered',
  },
  {
    path: ['rounds', 'maxStaleness'],
    message: 'a late contribution would be spent in another round than it was made for: use 0 with a budget',
    isBroken: ({ rounds }) => rounds.maxStaleness > 0,
  },
];

/** Where a round's sum is noised, and not what each member sends. */
const sumRules: readonly BudgetRule[] = [
  {
    path: ['privacy', 'delta'],
    message: 'noise on the sum is accounted for: give delta (1e-5, or less than one in as many members)',
    isBroken: ({ privacy }) => privacy.delta === undefined,
  },
  {
    path: ['aggregation', 'rule'],
    message:
      'how far one member moves the result is bounded for the mean alone: use rule mean, or mechanism local, which allows any',
    isBroken: ({ aggregation }) => aggregation.rule !== 'mean',
  },
  {
    path: ['privacy', 'minMembers'],
    message:
      'whether so many hold a tensor would show in whether it moves; the noise on all tensors hides who holds which: use 1, or leave it out',
    isBroken: ({ privacy }) => (privacy.minMembers ?? 1) > 1,
  },
  {
    path: ['privacy', 'mechanism'],
    message:
      'distributed noise hides nobody whose contribution is read by itself: it needs secure aggregation (privacy.secureAggregation)',
    isBroken: (settings) =>
      mechanismOf(settings) === 'distributed' && settings.privacy.secureAggregation === undefined,
  },
];

/** What of the settings can't be, in the order of the rules; empty where all goes together. */
export function budgetFaults(settings: Facts): SettingsFault[] {
  const { privacy } = settings;
  const rules = [...(isAccounted(settings) ? budgetRules : []), ...(isSumNoised(settings) ? sumRules : [])];
  const broken: SettingsFault[] = rules.filter(({ isBroken }) => isBroken(settings));
  if (settings.rounds.sampling === 'poisson' && privacy.secureAggregation !== undefined)
    broken.push({
      path: ['rounds', 'sampling'],
      message: 'coins may draw fewer members than a masked sum needs: use lots with secure aggregation',
    });
  if (privacy.epsilon !== undefined && privacy.delta === undefined)
    broken.push({ path: ['privacy', 'delta'], message: 'an epsilon means nothing without it: say 1e-5' });
  return broken;
}
