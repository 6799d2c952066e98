// Which of its labels a member tells when it joins: a head row travels once enough members have examples of its label. Which those
// are stands in each contribution anyway; where no row is common, or all are sent whoever has them, nothing is told.
import { headLabel } from '@colora/adapters/head';
import { minMembersOf, type TaskSettings } from '@colora/protocol/task-settings';
import type { Learner } from '@colora/training/trainer';

/** Undefined where nothing is told. */
export function toldLabels({ summary }: Learner, settings: TaskSettings): string[] | undefined {
  if (minMembersOf(settings) === 1) return undefined;
  return summary.sharedTensors.flatMap(({ name }) => headLabel(name) ?? []);
}
