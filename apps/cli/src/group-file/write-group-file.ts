// A group as a file: all of its settings, so that a coordinator which has no such group makes the same one of it.
import type { TaskGroup } from '@colora/protocol/entities';
import { changesOfTerms } from '@colora/protocol/settings/changes';
import { withValueAt } from '@colora/protocol/settings/field-paths';
import { settledSettings, type TaskSettings } from '@colora/protocol/task-settings';
import { stringify } from 'yaml';

export function groupFileText(group: TaskGroup): string {
  const head = `# ${group.name}, as colora groups export wrote it; every field: docs/settings.md\n`;
  return head + stringify(groupFileOf(group), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** With what waits for the next round. */
export function groupFileOf({ name, access, settings, nextSettings }: TaskGroup) {
  const { baseModel, ...rest } = explicit(nextSettings ?? settings);
  return { name, access, baseModel, ...rest };
}

/** A group of before a choice was there says nothing of it, and a new one would be given what proved itself since. */
function explicit(settings: TaskSettings): TaskSettings {
  const made = { access: 'open' as const, settings: settledSettings(settings) };
  return changesOfTerms({ access: 'open', settings }, made).reduce(
    (result, { path, before }) => withValueAt(result, path, before) as TaskSettings,
    settings,
  );
}
