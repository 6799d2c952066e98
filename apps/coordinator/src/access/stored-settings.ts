// A group's settings as its row holds them: whole, as JSON, and beside that a column for each that a statement asks
// for. Written and read here alone, so that the two never differ.

import type { Rollback } from '@colora/protocol/checkpoints/rollbacks';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import { minMembersOf, type TaskSettings, taskSettingsSchema } from '@colora/protocol/task-settings';
import type { TaskGroupModel } from '../generated/prisma/models.ts';

/** For the row: whoever writes settings writes all of these. */
export function storedSettings(settings: TaskSettings) {
  const { rounds, wire } = settings;
  return {
    settings,
    isBuffered: rounds.mode === 'buffered',
    isSampled: rounds.cohort !== undefined,
    participants: rounds.participants,
    quorum: rounds.quorum,
    maxStaleness: rounds.maxStaleness,
    minMembers: minMembersOf(settings),
    stopMetric: rounds.earlyStop?.metric ?? null,
    downloadEncoding: wire.download,
    isClustered: clustersOf(settings) !== 'off',
  };
}

/** As stored: checked when they were written, filled with defaults of fields added since. */
export function settingsOf(group: Pick<TaskGroupModel, 'settings'>): TaskSettings {
  return taskSettingsSchema.parse(group.settings);
}

export function rollbacksOf({ rollbacks }: Pick<TaskGroupModel, 'rollbacks'>): readonly Rollback[] {
  return rollbacks as unknown as readonly Rollback[];
}
