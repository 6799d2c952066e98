// The settings of a group to be created, while they are gathered from file and flags, and their check: what the schema
// refuses is told by flag.
import { valueAt, withValueAt } from '@colora/protocol/settings/field-paths';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { Option } from 'commander';
import { UsageError } from '../usage-error.ts';
import { settingsTable } from './settings-table.ts';

export type SettingsDraft = Readonly<Record<string, unknown>>;

/** The draft with every given flag put in its place; a flag wins over the file. */
export function applySettingsFlags(
  draft: SettingsDraft,
  flags: Readonly<Record<string, unknown>>,
): SettingsDraft {
  return settingsTable.reduce((result, { flag, path, puts }) => {
    const value = flags[new Option(flag).attributeName()];
    if (value === undefined) return result;
    const put = typeof puts === 'object' ? (valueAt(result, path) ?? puts) : (puts ?? value);
    return withValueAt(result, path, put);
  }, draft);
}

/** A copy; empty where it is no object. */
export function asObject(value: unknown): SettingsDraft {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The settings without base model, or UsageError naming each wrong flag (or field of the file). */
export async function checkSettings(draft: SettingsDraft): Promise<Omit<TaskSettings, 'baseModel'>> {
  const { taskSettingsSchema } = await import('@colora/protocol/task-settings');
  const { issueWords } = await import('@colora/protocol/wrong-settings/issue-words');
  // The base model is filled in when its folder is opened; a stand-in lets the rest be checked before.
  const standIn = { name: '-', modelType: '-', fingerprint: '0'.repeat(64) };
  const parsed = taskSettingsSchema.safeParse({ ...draft, baseModel: standIn });
  if (!parsed.success) {
    const wrong = parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${placeOf([...issue.path, key])}: ${unknownWords(draft, issue.path)}`)
        : [`${placeOf(issue.path)}: ${issueWords(issue)}`],
    );
    throw new UsageError(`the settings are not valid\n  ${wrong.join('\n  ')}`);
  }
  const { baseModel: _, ...settings } = parsed.data;
  return settings;
}

/** What one task has, another one may not. */
function unknownWords(draft: SettingsDraft, section: readonly PropertyKey[]): string {
  const kind = valueAt(draft, 'task.kind');
  return section[0] === 'task' && typeof kind === 'string'
    ? `groups of the task ${kind} have no such setting; leave it out`
    : 'there is no such setting; leave it out';
}

/** The flag of a settings path, with the field's name where a file gave it. */
function placeOf(path: readonly PropertyKey[]): string {
  const name = path.map(String).join('.');
  const field = path.slice(0, 2).map(String).join('.');
  const row =
    settingsTable.find((one) => one.path === name) ??
    settingsTable.find((one) => one.path === field || one.path.startsWith(`${field}.`));
  return row === undefined ? name || 'settings' : `${row.flag.split(' ')[0]} (${name})`;
}
