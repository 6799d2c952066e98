// The task groups under test: each another way to run rounds. Retention is off in all of them, since the
// checks replay every round from its stored contributions.
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { type Form, keep, type Shapes } from './clients/content.ts';

export interface ChaosGroup {
  readonly name: string;
  readonly settings: Omit<TaskSettingsInput, 'baseModel' | 'task'>;
  readonly form: Form;
  /** How long a client "trains". */
  readonly thinkSeconds: readonly [number, number];
  /** It must have committed all of its rounds at the end; the others must only go on. */
  readonly ends: boolean;
  /** Its contributions are masked: it has a crew of its own, whose members sign. */
  readonly isMasked: boolean;
}

type Wanted = Partial<Omit<ChaosGroup, 'settings' | 'name' | 'form'>> & {
  readonly shapes?: Shapes;
  readonly rounds?: TaskSettingsInput['rounds'];
  readonly aggregation?: TaskSettingsInput['aggregation'];
  readonly wire?: TaskSettingsInput['wire'];
  readonly privacy?: TaskSettingsInput['privacy'];
  readonly clustered?: boolean;
};

const small: Shapes = { 'x.shared.A': [16, 64], 'x.shared.B': [64, 16], 'head/good': [33] };
const tiny: Shapes = { 'x.shared.A': [16, 16], 'x.shared.B': [16, 16], 'head/good': [33] };
const forever = 1_000_000;
const retention = { contributionRounds: forever, checkpoints: null };
const twoLabels: Shapes = { ...small, 'head/bad': [33] };
/** More than one piece, and tensors that straddle them. */
const large: Shapes = { 'x.shared.A': [3, 30_000], 'x.shared.B': [301, 70], 'x.shared.C': [70_001] };

/** `clients` take part in each; `minutes` of faults are to come. */
export function chaosGroups(minutes: number, clients: number): ChaosGroup[] {
  const participants = Math.max(2, Math.floor(clients / 2));
  const slow = [1, 4] as const;
  const groups: Readonly<Record<string, Wanted>> = {
    uniform: { thinkSeconds: [0.1, 1] },
    examples: { aggregation: { weighting: 'examples', rate: 0.5 } },
    // values from -1 to 1 are more than training makes of so many
    large: {
      ...{ shapes: large, thinkSeconds: [2, 6], rounds: { deadlineSeconds: 12 } },
      aggregation: { normBound: 20 },
    },
    ends: { ends: true, rounds: { count: Math.max(3, Math.round(3 * minutes)) } },
    momentum: { aggregation: { optimizer: 'fedavgm', rate: 0.3 }, thinkSeconds: slow },
    sampled: { rounds: { cohort: { fraction: 0.5 }, overSelection: 1.4 }, thinkSeconds: slow },
    buffered: { rounds: { mode: 'buffered', bufferSize: 3 }, thinkSeconds: slow },
    trimmed: { aggregation: { rule: 'trimmed-mean', trim: 0.2 }, rounds: { quorum: 3 }, thinkSeconds: slow },
    clipping: { aggregation: { rule: 'centered-clipping', radius: 5 }, thinkSeconds: slow },
    clustered: { clustered: true, shapes: twoLabels },
    int8: { wire: { upload: 'int8' }, thinkSeconds: slow },
    masked: {
      ...{
        shapes: tiny,
        thinkSeconds: [0.2, 2],
        rounds: { participants: 4, quorum: 3, deadlineSeconds: 80 },
      },
      aggregation: { weighting: 'examples', exampleCap: 20, rate: 0.5 },
      privacy: { clipNorm: 1, minMembers: 3, secureAggregation: {} },
    },
    'top-k': { wire: { upload: 'top-k', keep }, thinkSeconds: slow },
  };
  return Object.entries(groups).map(([name, wanted]) => groupOf(name, wanted, participants));
}

function groupOf(name: string, wanted: Wanted, participants: number): ChaosGroup {
  const {
    shapes = small,
    rounds,
    aggregation = {},
    wire = {},
    privacy,
    thinkSeconds = [0.2, 2],
    ends = false,
    clustered = false,
  } = wanted;
  const usual = { count: forever, participants, quorum: 2, deadlineSeconds: 6, retries: forever };
  return {
    name,
    form: { shapes, encoding: wire.upload ?? 'f32', clustered },
    thinkSeconds,
    ends,
    isMasked: privacy?.secureAggregation !== undefined,
    settings: {
      ...{ aggregation, wire, retention, rounds: { ...usual, ...rounds } },
      ...(privacy === undefined ? {} : { privacy }),
    },
  };
}

export function settingsOf(group: ChaosGroup): TaskSettingsInput {
  return {
    baseModel: { name: 'chaos', modelType: 'use-lite', fingerprint: 'c'.repeat(64) },
    task: {
      kind: 'classification',
      labels: ['bad', 'good'],
      clusters: group.form.clustered ? 'auto' : 'off',
    },
    ...(group.form.clustered && { training: { phases: 'joint' } }),
    ...group.settings,
  };
}
