// The settings table as commander's options: choices, defaults and kinds of values come from the settings schema. It
// loads that schema, so it is loaded for `groups create` alone (load-options.ts).
import { guideOf } from '@colora/protocol/settings/field-guide';
import { type SettingsField, settingsFields } from '@colora/protocol/settings-fields';
import { type Command, Option } from 'commander';
import { defaultWords } from './default-words.ts';
import { readInteger, readList, readNumber } from './option-values.ts';
import type { SettingRow } from './setting-row.ts';
import { settingsTable } from './settings-table.ts';

const fields = new Map(settingsFields().map((field) => [field.path, field]));

/** The help's headings, by section of the settings. */
const headings: Readonly<Record<string, string>> = {
  task: 'Task:',
  adapter: 'Adapter:',
  training: 'What a member trains in a round:',
  aggregation: 'What the coordinator makes of it:',
  rounds: 'Rounds:',
  privacy: 'Privacy:',
  wire: 'What travels:',
};

const readers: Partial<Record<SettingsField['takes'], (value: string) => unknown>> = {
  integer: readInteger(0),
  number: readNumber,
  list: readList,
};

export function addSettingsOptions(command: Command): Command {
  for (const row of settingsTable) command.addOption(optionOf(row));
  return command;
}

function optionOf({ flag, path, about = guideOf(path).about, without, read }: SettingRow): Option {
  const field = fields.get(path);
  if (field === undefined) throw new Error(`${flag} sets ${path}, which the settings have not`);
  const words = without ?? defaultWords(field);
  const option = new Option(flag, words === null ? about : `${about} (default ${words})`);
  const heading = headings[path.split('.')[0]!];
  if (heading !== undefined) option.helpGroup(heading);
  if (read !== undefined) return option.argParser(read);
  if (field.choices !== null) return option.choices(field.choices);
  const reader = readers[field.takes];
  return reader === undefined ? option : option.argParser(reader);
}
