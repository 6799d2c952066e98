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

export const presetNames = ['quick', 'robust', 'private'] as const;
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
  private: {
    about:
      'where an update is to tell as little of a member as settings can make it; no (epsilon, delta) is claimed',
    values: [
      {
        path: 'privacy.clipNorm',
        value: 1,
        because: 'bounds what one contribution can hold, and what the noise is measured by',
      },
      {
        path: 'privacy.noiseMultiplier',
        value: 0.005,
        because:
          'over 40,000 values as large as the clipped update itself: guesses at it blur, and a mean of many members blurs less',
      },
      {
        path: 'privacy.secureAggregation.bits',
        value: 16,
        because: 'members mask what they send: the coordinator learns the sum of a round, and nobody’s own',
      },
      { path: 'privacy.minMembers', value: 5, because: 'nothing moves that fewer than five members hold' },
      { path: 'rounds.participants', value: 5, because: 'as many as have to hold a tensor' },
      {
        path: 'task.head',
        value: 'personal',
        because: 'rows of a common head tell which labels their sender’s examples have',
      },
      { path: 'task.clusters', value: 'off', because: 'a probe is neither clipped nor noised' },
      {
        path: 'retention.contributionRounds',
        value: 1,
        because: 'of single members the database keeps one round beyond the live one',
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
