// A group's settings as its row holds them: whole, as JSON, and beside that a column for each that a statement asks
// for. Written and read here alone, so that the two never differ.

import type { Rollback } from '@colora/protocol/checkpoints/rollbacks';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import { fewestMasked } from '@colora/protocol/masking/masking-conflicts';
import {
  isMasked,
  minMembersOf,
  type TaskSettings,
  taskSettingsSchema,
} from '@colora/protocol/task-settings';
import type { TaskGroupModel } from '../generated/prisma/models.ts';

/** For the row: whoever writes settings writes all of these. */
export function storedSettings(settings: TaskSettings) {
  const { rounds, wire } = settings;
  return {
    settings,
    isBuffered: rounds.mode === 'buffered',
    isSampled: rounds.cohort !== undefined || isMasked(settings), // nobody joins a round that masks were agreed on for
    isMasked: isMasked(settings),
    ...fewestOf(settings),
    maxStaleness: rounds.maxStaleness,
    minMembers: minMembersOf(settings),
    stopMetric: rounds.earlyStop?.metric ?? null,
    downloadEncoding: wire.download,
    isClustered: clustersOf(settings) !== 'off',
  };
}

/** Members to open a round, and contributions that are enough. */
export function fewestOf(settings: TaskSettings): { readonly participants: number; readonly quorum: number } {
  const { participants, quorum } = settings.rounds;
  if (!isMasked(settings)) return { participants, quorum };
  const fewest = fewestMasked(settings);
  return { participants: Math.max(participants, fewest), quorum: fewest };
}

/** As stored: checked when they were written, filled with defaults of fields added since. */
export function settingsOf(group: { readonly settings: unknown }): TaskSettings {
  return taskSettingsSchema.parse(group.settings);
}

/** What they become once the live round is over; null where nothing waits. */
export function nextSettingsOf({ nextSettings }: Pick<TaskGroupModel, 'nextSettings'>): TaskSettings | null {
  return nextSettings === null ? null : settingsOf({ settings: nextSettings });
}

/** For the row: those in effect and those that wait, both with this change that takes effect at once. */
export function changedSettings(
  group: Pick<TaskGroupModel, 'settings' | 'nextSettings'>,
  change: (settings: TaskSettings) => TaskSettings,
) {
  const next = nextSettingsOf(group);
  return {
    ...storedSettings(change(settingsOf(group))),
    ...(next === null ? {} : { nextSettings: change(next) }),
  };
}

export function rollbacksOf({ rollbacks }: Pick<TaskGroupModel, 'rollbacks'>): readonly Rollback[] {
  return rollbacks as unknown as readonly Rollback[];
}
