// What the settings of a new group begin as, before somebody fills something in: those of the group it is begun from, or the usual
// ones or a preset's on that group's base model, task and adapter.
import type { TaskGroup } from '@colora/protocol/entities';
import { fieldGuide } from '@colora/protocol/settings/field-guide';
import { type Draft, valueAt, withValueAt } from '@colora/protocol/settings/field-paths';
import { type PresetName, presetNames, presets, withPreset } from '@colora/protocol/settings/presets';
import { sentence } from '../../format/words.ts';

export type Beginning = 'same' | 'usual' | PresetName;
export const beginnings: readonly Beginning[] = ['same', 'usual', ...presetNames];

/** Only a new group is given these, and its checkpoint doesn't hang on them. */
const free = /^(training\.contribution|wire\.download|privacy\..*)$/;

/** Whether a field is the other group's because its checkpoint is: names, shapes and meaning of the tensors hang on it. */
export const isFixed = (path: string) => fieldGuide[path]?.when === 'never' && !free.test(path);

export function beginningOf(settings: TaskGroup['settings'], beginning: Beginning): Draft {
  if (beginning === 'same') return settings;
  const fixed = Object.keys(fieldGuide)
    .filter(isFixed)
    .reduce<Draft>((draft, path) => withValueAt(draft, path, valueAt(settings, path)), {});
  return beginning === 'usual' ? fixed : withPreset(fixed, beginning, settings.task.kind);
}

export function beginningWords(beginning: Beginning): string {
  if (beginning === 'same') return 'Those of the group that it begins from';
  if (beginning === 'usual') return 'What proved itself for this kind of task';
  return sentence(presets[beginning].about);
}
