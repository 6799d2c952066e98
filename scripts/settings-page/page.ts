// docs/settings.md as a text, out of the settings' schema, the field guide, the presets and the flags of `groups create`.
// Where it is written to is main.ts's affair.
import { defaultWords } from '../../apps/cli/src/flags/default-words.ts';
import { settingsTable } from '../../apps/cli/src/flags/settings-table.ts';
import { fieldGuide, guideOf, type TakesEffect } from '../../packages/protocol/src/settings/field-guide.ts';
import { type PresetName, presetNames, presets } from '../../packages/protocol/src/settings/presets.ts';
import { type SettingsField, settingsFields } from '../../packages/protocol/src/settings-fields.ts';
import { takesWords } from '../../packages/protocol/src/wrong-settings/issue-words.ts';

const head = `# Settings of a task group

<!-- Made by \`npm run settings-page\` from the schema: change packages/protocol/src/settings/field-guide.ts, not this page. -->

Every field that a group's settings have, by section. In a group file ([admins.md](admins.md)) a field stands below its section; over REST
the same names are \`settings\` of \`POST /v1/groups\`; the flag is of \`colora groups create\`. What is left out has its default.

**Changes.** *at once*: also for the round that is live. *next round*: once the live round is over, which keeps the settings that it opened
with; where none is live, at once. *never*: only when a group is made, for the reason that stands there. Of a change that costs a member or
tells more of her than she agreed to, she is asked anew (\`colora join --accept-changes\`). Who may join (\`access\`) changes at once.
`;

const effects: Readonly<Record<TakesEffect, string>> = {
  now: 'at once',
  'next-round': 'next round',
  never: 'never',
};

const sections: Readonly<Record<string, string>> = {
  baseModel: 'Base model',
  task: 'Task',
  adapter: 'Adapter',
  training: 'Training: what a member does in a round',
  aggregation: 'Aggregation: what the coordinator makes of it',
  rounds: 'Rounds',
  privacy: 'Privacy',
  wire: 'What travels',
  retention: 'What is kept',
  seed: 'Seed',
};

export function settingsPage(): string {
  const fields = settingsFields().filter(({ path }) => path in fieldGuide);
  const parts = Object.entries(sections).map(([section, title]) => {
    const own = fields.filter(({ path }) => path.split('.')[0] === section);
    return `## ${title}\n\n${table(fieldColumns, own.map(fieldRow))}`;
  });
  return `${[head, ...parts, presetsPart()].join('\n')}`;
}

const fieldColumns = ['field', 'takes', 'default', 'what it does', 'changes', 'flag'];

function fieldRow(field: SettingsField): string[] {
  const { path } = field;
  const rows = settingsTable.filter((one) => one.path === path);
  const parent = settingsTable.find((one) => one.read !== undefined && path.startsWith(`${one.path}.`));
  const [row = parent] = rows;
  const without = rows[0]?.without?.replace(/^--/, '');
  return [
    `\`${path}\``,
    takesWords(field),
    without ?? defaultWords(field) ?? bareDefault(field),
    guideOf(path).about,
    changesWords(path),
    row === undefined ? '-' : `\`${row.flag.split(' ')[0]}\``,
  ];
}

/** What goes without saying in a help. */
function bareDefault({ defaults }: SettingsField): string {
  return defaults[0]?.value === undefined ? '-' : String(defaults[0].value);
}

function changesWords(path: string): string {
  const { when, because, exceptFor } = guideOf(path);
  if (exceptFor !== undefined) return `${effects[when]}; never from or to ${exceptFor}: ${because}`;
  return because === undefined ? effects[when] : `${effects[when]}: ${because}`;
}

function presetsPart(): string {
  const parts = presetNames.map(
    (name) => `### ${name}\n\nFor: ${presets[name].about}.\n\n${presetTable(name)}`,
  );
  return `## Presets

\`colora groups create --preset robust\`, or \`preset: robust\` in a group file. A flag, or a field of the file, wins over the preset's value;
fields that a kind of task has not are left out.

${parts.join('\n')}`;
}

function presetTable(name: PresetName): string {
  const rows = presets[name].values.map(({ path, value, because }) => [
    `\`${path}\``,
    String(value),
    because,
  ]);
  return table(['field', 'value', 'reason'], rows);
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
