// The task groups under test: each another way to run rounds. Retention is off in all of them, since the
// checks replay every round from its stored contributions.
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import type { Shapes } from './clients/content.ts';

export interface ChaosGroup {
  readonly name: string;
  readonly settings: Omit<TaskSettingsInput, 'baseModel' | 'task'>;
  readonly shapes: Shapes;
  /** How long a client "trains". */
  readonly thinkSeconds: readonly [number, number];
  /** It must have committed all of its rounds at the end; the others must only go on. */
  readonly ends: boolean;
}

const small: Shapes = { 'x.shared.A': [16, 64], 'x.shared.B': [64, 16], 'head/good': [33] };
/** More than one piece, and tensors that straddle them. */
const large: Shapes = { 'x.shared.A': [3, 30_000], 'x.shared.B': [301, 70], 'x.shared.C': [70_001] };
const forever = 1_000_000;

/** `clients` take part in each; `minutes` of faults are to come. */
export function chaosGroups(minutes: number, clients: number): ChaosGroup[] {
  const participants = Math.max(2, Math.floor(clients / 2));
  const group = (
    name: string,
    rest: Partial<ChaosGroup>,
    rounds: Partial<TaskSettingsInput['rounds']> = {},
  ): ChaosGroup => ({
    name,
    shapes: small,
    thinkSeconds: [0.1, 1],
    ends: false,
    ...rest,
    settings: {
      ...rest.settings,
      rounds: { count: forever, participants, quorum: 2, deadlineSeconds: 6, ...rounds },
    },
  });
  return [
    group('uniform', {}),
    group('examples', { settings: { aggregation: { weighting: 'examples', rate: 0.5 } } }),
    group('large', { shapes: large, thinkSeconds: [2, 6] }, { deadlineSeconds: 12 }),
    group('momentum', {
      settings: { aggregation: { optimizer: 'fedavgm', rate: 0.3 } },
      thinkSeconds: [1, 3],
    }),
    group('ends', { ends: true }, { count: Math.max(3, Math.round(4 * minutes)) }),
  ];
}

export function settingsOf(group: ChaosGroup): TaskSettingsInput {
  return {
    baseModel: { name: 'chaos', modelType: 'use-lite', fingerprint: 'c'.repeat(64) },
    task: { kind: 'classification', labels: ['bad', 'good'] },
    ...group.settings,
  };
}
