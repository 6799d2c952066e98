// What follows from the other settings of a group to be, where nobody says it: alpha = rank, the family's usual targets.
import { valueAt, withValueAt } from '@colora/protocol/settings/field-paths';
import type { TaskKind } from '@colora/protocol/task-kinds';
import { defaultTargetsOf } from '../adapter/default-targets.ts';
import type { SettingsDraft } from '../flags/settings-draft.ts';

export function filledIn(draft: SettingsDraft, kind: TaskKind, modelType: string): SettingsDraft {
  const rank = valueAt(draft, 'adapter.rank');
  const isSound = typeof rank === 'number' && rank > 0; // else it is told of the rank
  const alpha = valueAt(draft, 'adapter.alpha') ?? (isSound ? rank : undefined);
  const targets = valueAt(draft, 'adapter.targets') ?? defaultTargetsOf(modelType, kind);
  const named = withValueAt(withValueAt(draft, 'task.kind', kind), 'adapter.targets', targets);
  return alpha === undefined ? named : withValueAt(named, 'adapter.alpha', alpha);
}
