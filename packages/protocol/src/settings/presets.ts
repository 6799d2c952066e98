// Settings for a purpose, each value with its reason: for `groups create --preset`, a group file's `preset` and
// docs/settings.md. What is given beside a preset wins over it; what a field does is field-guide.ts's.
import { kindHasField, type TaskKind } from '../task-kinds.ts';
import { type Draft, valueAt, withValueAt } from './field-paths.ts';

interface PresetValue {
  readonly path: string;
  readonly value: unknown;
  readonly because: string;
}

export interface Preset {
  readonly about: string;
  readonly values: readonly PresetValue[];
}

export const presetNames = ['quick', 'robust', 'masked', 'private'] as const;
export type PresetName = (typeof presetNames)[number];

export const presets: Readonly<Record<PresetName, Preset>> = {
  quick: {
    about: 'to see within minutes whether everything works, before the real run',
    values: [
      { path: 'rounds.count', value: 3, because: 'three rounds show whether the loss falls' },
      {
        path: 'rounds.deadlineSeconds',
        value: 120,
        because: 'who has gone holds a trial up for two minutes',
      },
      { path: 'training.personalSteps', value: 1, because: 'half of what a round usually takes' },
      { path: 'training.sharedSteps', value: 3, because: 'half of what a round usually takes' },
    ],
  },
  robust: {
    about: 'where members may be broken or hostile, and machines come and go',
    values: [
      {
        path: 'aggregation.rule',
        value: 'geometric-median',
        because: 'stays near the honest contributions while they are more than half',
      },
      {
        path: 'aggregation.normBound',
        value: 3,
        because: 'refuses what is three times the usual; honest clients are told, and cut theirs to it',
      },
      { path: 'rounds.participants', value: 5, because: 'of two nobody can tell which one is wrong' },
      {
        path: 'rounds.adaptDeadline',
        value: true,
        because: 'slow machines get the time that they tell they need',
      },
      { path: 'rounds.retries', value: 10, because: 'who is away comes back before the group pauses' },
      { path: 'rounds.maxStaleness', value: 2, because: 'what comes after its round still counts, for less' },
      { path: 'training.maxGradientNorm', value: 1, because: 'one odd batch moves nobody far' },
    ],
  },
  masked: {
    about: 'where nobody who runs the coordinator, or breaks into it, is to read what one member sends',
    values: [
      {
        path: 'privacy.secureAggregation.bits',
        value: 16,
        because: 'only the sum of a round can be read; 16 bits a value cost no accuracy',
      },
      {
        path: 'privacy.secureAggregation.range',
        value: 1,
        because: 'no single value of an adapter’s update is larger, and the bits are spread over it',
      },
      {
        path: 'privacy.clipNorm',
        value: 10,
        because:
          'masked sums need a bound on what one sends; this one cuts nobody (the largest measured was 8.3)',
      },
      {
        path: 'rounds.participants',
        value: 5,
        because: 'of three members two can work out the third’s update from the sum',
      },
      { path: 'task.clusters', value: 'off', because: 'a probe is neither clipped nor masked' },
      {
        path: 'retention.contributionRounds',
        value: 1,
        because: 'masked contributions tell nothing, and need not be kept',
      },
    ],
  },
  private: {
    about:
      'as masked, with a privacy budget that ends the training: what one member gave, and whether it was anything, stays hidden from everybody; needs hundreds of members to learn much',
    values: [
      {
        path: 'privacy.secureAggregation.bits',
        value: 16,
        because: 'only the sum of a round can be read, and no noise has to be trusted to the coordinator',
      },
      {
        path: 'privacy.mechanism',
        value: 'distributed',
        because: 'every member adds a share of the noise, so that nobody ever sees a sum without it',
      },
      {
        path: 'privacy.epsilon',
        value: 8,
        because: 'a usual bound for all rounds together; lower hides more',
      },
      { path: 'privacy.delta', value: 1e-5, because: 'less than one in as many members as most groups have' },
      {
        path: 'privacy.clipNorm',
        value: 1,
        because: 'bounds what one contribution can hold, and what the noise is measured by',
      },
      {
        path: 'privacy.minMembers',
        value: 1,
        because: 'the noise lies on every tensor, and hides who holds which',
      },
      {
        path: 'rounds.participants',
        value: 5,
        because: 'of three members two can work out the third’s update from the sum',
      },
      { path: 'task.clusters', value: 'off', because: 'a probe is neither clipped nor noised' },
      {
        path: 'retention.contributionRounds',
        value: 1,
        because: 'masked contributions tell nothing, and need not be kept',
      },
    ],
  },
};

/** The draft with the preset's values where it says nothing itself; fields that the kind of task has not are left out. */
export function withPreset(draft: Draft, name: PresetName, kind: TaskKind): Draft {
  return presets[name].values
    .filter(({ path }) => kindHasField(kind, path) && valueAt(draft, path) === undefined)
    .reduce((result, { path, value }) => withValueAt(result, path, value), draft);
}
