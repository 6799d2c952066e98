// What a group's settings ask of a member and tell of her, as a table: each row in words, and when another group's settings ask
// or tell more. What follows from it (a yes, a refusal) is agree.ts.
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import {
  isAccounted,
  isSumNoised,
  mechanismOf,
  ownNoiseOf,
  samplingRateOf,
} from '@colora/protocol/privacy/budget-settings';
import { minMembersOf, phasesOf, roundStepsOf, type TaskSettings } from '@colora/protocol/task-settings';
import { tellsFigures, tellsFiguresMasked } from '../guard/tells-figures.ts';

type Value = number | string | null;

interface Term {
  /** What of the settings it is; equal values ask alike. */
  readonly of: (settings: TaskSettings) => Value;
  /** Does the second one cost or tell more than the first? They differ. */
  readonly isMore: (before: Value, after: Value) => boolean;
  /** One line to read at join; null where there is nothing to tell. */
  readonly line: (settings: TaskSettings) => string | null;
  /** What changes, in words, before both values. */
  readonly name: string;
}

const larger = (before: Value, after: Value) => Number(after) > Number(before);
const smaller = (before: Value, after: Value) => Number(after) < Number(before);
const other = () => true;
const unsaid = () => null;

const batchOf = ({ training }: TaskSettings) => training.batchSize * training.accumulate;
/** Batches of a round, each of which is one run of the model forth and back. */
export const batchesOf = (settings: TaskSettings) => roundStepsOf(settings) * settings.training.accumulate;
const textsOf = (settings: TaskSettings) => roundStepsOf(settings) * batchOf(settings);
/** Of which one contribution is the mean: the fewer they are, the more it tells of each. */
const mixedOf = (settings: TaskSettings) =>
  (phasesOf(settings) === 'joint' ? roundStepsOf(settings) : settings.training.sharedSteps) *
  batchOf(settings);

/** From what tells and weighs least to most. */
const encodings = ['top-k', 'int8', 'bf16', 'f16', 'f32'];
const owners = ['personal', 'both', 'by-label'];
const isMasked = ({ privacy }: TaskSettings) => privacy.secureAggregation !== undefined;
/** From what tells least to most. */
const tellings = ['none', 'masked', 'clear'];
const figuresOf = (settings: TaskSettings) => {
  if (tellsFigures(settings)) return 'clear';
  return tellsFiguresMasked(settings) ? 'masked' : 'none';
};
const headOf = ({ task }: TaskSettings) => ('head' in task ? task.head : null);

const terms: readonly Term[] = [
  {
    name: 'base model',
    of: ({ baseModel }) => `${baseModel.name} (${baseModel.fingerprint.slice(0, 12)})`,
    isMore: other,
    line: ({ baseModel }) => `base model: ${baseModel.name}`,
  },
  {
    name: 'work of a round, in texts times tokens',
    of: (settings) => textsOf(settings) * settings.task.maxTokens,
    isMore: larger,
    line: (settings) =>
      `work: up to ${settings.rounds.count} rounds of ${roundStepsOf(settings)} steps, each of ${batchOf(settings)} texts of up to ${settings.task.maxTokens} tokens`,
  },
  { name: 'rounds', of: ({ rounds }) => rounds.count, isMore: larger, line: unsaid },
  {
    name: 'texts that one contribution mixes',
    of: mixedOf,
    isMore: smaller,
    line: (settings) =>
      `sent each round: ${settings.training.contribution === 'delta' ? 'what training changed' : 'a mean gradient'} in the shared tensors, over ${mixedOf(settings)} texts, as ${settings.wire.upload}`,
  },
  { name: 'what is sent', of: ({ training }) => training.contribution, isMore: other, line: unsaid },
  {
    name: 'contributions that close a round',
    of: ({ rounds }) => rounds.quorum,
    isMore: smaller,
    line: unsaid,
  },
  {
    name: 'members that have to hold a tensor before it moves',
    of: minMembersOf,
    isMore: smaller,
    line: (settings) =>
      minMembersOf(settings) > 1 || isSumNoised(settings)
        ? null
        : 'a round may move a tensor by your contribution alone: what it held is then seen by all',
  },
  {
    name: 'secure aggregation',
    of: (settings) => Number(isMasked(settings)),
    isMore: smaller,
    line: (settings) =>
      isMasked(settings)
        ? 'contributions are masked: the coordinator learns the sum of a round, and nobody’s own contribution'
        : 'the coordinator sees each contribution: nothing is masked',
  },
  {
    name: 'who vouches for members',
    of: ({ privacy }) => privacy.secureAggregation?.vouchedBy ?? null,
    isMore: (before) => before !== null,
    line: ({ privacy }) => {
      if (privacy.secureAggregation === undefined) return null;
      const { vouchedBy } = privacy.secureAggregation;
      return vouchedBy === undefined
        ? 'nobody vouches for members: masks don’t hold against a coordinator that invents most of a round’s members'
        : `only members whom the holder of the key ${vouchedBy.slice(0, 12)}… vouches for count in a round`;
    },
  },
  {
    name: 'clip of a contribution’s norm',
    of: ({ privacy }) => privacy.clipNorm ?? 'none',
    isMore: (before, after) => after === 'none' || (before !== 'none' && larger(before, after)),
    line: ({ privacy }) =>
      privacy.clipNorm === undefined
        ? 'contributions are neither clipped nor noised by the group’s settings'
        : `contributions are clipped to the norm ${privacy.clipNorm}, noise ${ownNoiseOf(privacy) ?? 'none'}`,
  },
  {
    name: 'noise multiplier',
    of: ({ privacy }) => privacy.noiseMultiplier ?? 0,
    isMore: smaller,
    line: unsaid,
  },
  { name: 'who adds the noise', of: mechanismOf, isMore: other, line: unsaid },
  {
    name: 'privacy budget (epsilon)',
    of: ({ privacy }) => (privacy.delta === undefined ? 'none' : (privacy.epsilon ?? 'none')),
    isMore: (before, after) => after === 'none' || (before !== 'none' && larger(before, after)),
    line: (settings) => budgetLine(settings),
  },
  { name: 'delta of it', of: ({ privacy }) => privacy.delta ?? 'none', isMore: larger, line: unsaid },
  {
    name: 'chance to be asked that it reckons with',
    of: (settings) => (isAccounted(settings) ? samplingRateOf(settings) : 1),
    isMore: smaller,
    line: (settings) =>
      isAccounted(settings) && samplingRateOf(settings) < 1
        ? `it reckons with your being asked in one round of ${Number((1 / samplingRateOf(settings)).toPrecision(3))}, by coins that the coordinator flips`
        : null,
  },
  {
    name: 'encoding of contributions',
    of: ({ wire }) => wire.upload,
    isMore: (before, after) => encodings.indexOf(String(after)) > encodings.indexOf(String(before)),
    line: unsaid,
  },
  { name: 'share of values sent', of: ({ wire }) => wire.keep ?? 1, isMore: larger, line: unsaid },
  {
    name: 'encoding of checkpoints',
    of: ({ wire }) => wire.download,
    isMore: (before, after) => encodings.indexOf(String(after)) > encodings.indexOf(String(before)),
    line: unsaid,
  },
  {
    name: 'controls beside each tensor',
    of: ({ training }) => Number(training.controls),
    isMore: larger,
    line: unsaid,
  },
  {
    name: 'kind of task',
    of: ({ task }) => task.kind,
    isMore: other,
    line: unsaid,
  },
  {
    name: 'owner of the head',
    of: headOf,
    isMore: (before, after) => owners.indexOf(String(after)) > owners.indexOf(String(before)),
    line: (settings) =>
      headOf(settings) === 'by-label' || headOf(settings) === 'both'
        ? `which of the labels your examples have is told ${isMasked(settings) ? 'when you join' : 'by which rows of the head you send'}`
        : null,
  },
  {
    name: 'probe for clusters',
    of: (settings) => (clustersOf(settings) === 'off' ? 0 : 1),
    isMore: larger,
    line: (settings) =>
      clustersOf(settings) === 'off'
        ? null
        : 'before the first round a probe is sent: head rows fitted to your examples',
  },
  {
    name: 'figures of the verdict',
    of: figuresOf,
    isMore: (before, after) => tellings.indexOf(String(after)) > tellings.indexOf(String(before)),
    line: (settings) =>
      ({
        none: null,
        masked:
          'in the last round figures of your verdict go under the mask too: their sums over all who tell are told (--no-figures keeps yours here)',
        clear: 'at the end three whole numbers of your verdict are told (--no-figures keeps them here)',
      })[figuresOf(settings)],
  },
  {
    name: 'layout of the adapter',
    of: ({ adapter }) => adapter.layout,
    isMore: other,
    line: ({ adapter }) =>
      `adapter: ${adapter.layout} of rank ${adapter.rank} on ${adapter.targets.length === 0 ? 'no module' : adapter.targets.slice(0, 6).join(', ')}${adapter.targets.length > 6 ? ', …' : ''}`,
  },
  { name: 'rank', of: ({ adapter }) => adapter.rank, isMore: larger, line: unsaid },
  { name: 'personal rank', of: ({ adapter }) => adapter.personalRank ?? 0, isMore: larger, line: unsaid },
  {
    name: 'modules that are adapted',
    of: ({ adapter }) => [...adapter.targets].sort().join(' '),
    isMore: (before, after) => {
      const had = new Set(String(before).split(' '));
      return String(after)
        .split(' ')
        .some((target) => target !== '' && !had.has(target));
    },
    line: unsaid,
  },
];

function budgetLine(settings: TaskSettings): string | null {
  const { epsilon, delta, noiseMultiplier } = settings.privacy;
  if (epsilon === undefined || delta === undefined) return null;
  const who = {
    local: 'you add to what you send',
    central: 'the coordinator, which sees what you send, adds to the sum',
    distributed: 'members add together',
  }[mechanismOf(settings)];
  return `privacy: all rounds together are (${epsilon}, ${delta})-differentially private for your whole part, by noise of ${noiseMultiplier} norms that ${who}; no figures of your own are told`;
}

/** What a member agrees to, a line each. */
export function termLines(settings: TaskSettings): string[] {
  return terms.flatMap(({ line }) => line(settings) ?? []);
}

export interface TermChanges {
  /** What costs or tells more, in words: "rounds: 8 before, 20 now". */
  readonly more: readonly string[];
  /** What else differs. */
  readonly less: readonly string[];
}

export function changesBetween(before: TaskSettings, after: TaskSettings): TermChanges {
  const more: string[] = [];
  const less: string[] = [];
  for (const { name, of, isMore } of terms) {
    const [had, has] = [of(before), of(after)];
    if (had === has) continue;
    const changes = isMore(had, has) ? more : less;
    changes.push(`${name}: ${shown(had)} before, ${shown(has)} now`);
  }
  return { more, less };
}

function shown(value: Value): string {
  const text = String(value ?? 'none');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
