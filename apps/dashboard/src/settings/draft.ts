// Settings as somebody fills them in: a text a field, by the field's path, and what stands there made into settings. Which fields
// there are and what they mean is the protocol's (settings-fields.ts, settings/field-guide.ts).
import { fieldGuide, type TakesEffect } from '@colora/protocol/settings/field-guide';
import { type Draft, valueAt, withValueAt } from '@colora/protocol/settings/field-paths';
import { type SettingsField, settingsFields } from '@colora/protocol/settings-fields';
import { kindHasField, type TaskKind } from '@colora/protocol/task-kinds';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { issueWords } from '@colora/protocol/wrong-settings/issue-words';
import { sentence } from '../format/words.ts';

export interface Row {
  readonly path: string;
  /** Its own name, without its section's. */
  readonly name: string;
  readonly takes: SettingsField['takes'];
  readonly choices: readonly string[] | null;
  readonly range: string | null;
  readonly about: string;
  readonly when: TakesEffect;
}

export interface SettingsSection {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** Of a kind of task, in the schema's order. */
export function settingsSections(kind: TaskKind): SettingsSection[] {
  const sections = new Map<string, Row[]>();
  for (const { path, takes, choices, range } of settingsFields()) {
    const guide = fieldGuide[path];
    if (takes === 'fields' || guide === undefined || !kindHasField(kind, path)) continue;
    const [section = path, ...rest] = path.split('.');
    const rows = sections.get(section) ?? [];
    rows.push({
      path,
      name: rest.join('.') || path,
      takes,
      choices,
      range,
      about: guide.about,
      when: guide.when,
    });
    sections.set(section, rows);
  }
  return [...sections].map(([name, rows]) => ({ name, rows }));
}

export type Texts = Readonly<Record<string, string>>;

/** What stands in a field of these settings; empty where it is left out. */
export function textAt(settings: unknown, path: string): string {
  const value = valueAt(settings, path);
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** `settings` with what was filled in; an empty field is left out. What it isn't allowed to be, the coordinator says. */
export function withTexts(settings: Draft, texts: Texts, rows: readonly Row[]): Draft {
  return rows.reduce((draft, { path, takes }) => {
    const text = texts[path];
    return text === undefined ? draft : withValueAt(draft, path, valueIn(text.trim(), takes));
  }, settings);
}

/** What is wrong, in words by the field's path; what a field that `rows` lacks is refused for stands at ''. */
export function wrongFields(settings: Draft, rows: readonly Pick<Row, 'path'>[]): Texts {
  const shown = new Set(rows.map(({ path }) => path));
  const wrong: Record<string, string> = {};
  for (const issue of taskSettingsSchema.safeParse(settings).error?.issues ?? []) {
    const path = issue.path.map(String).join('.');
    const words = issueWords(issue);
    if (shown.has(path)) wrong[path] ??= sentence(words);
    else wrong[''] ??= `${path}: ${words}`;
  }
  return wrong;
}

function valueIn(text: string, takes: Row['takes']): unknown {
  if (text === '') return undefined;
  if (takes === 'boolean') return text === 'true';
  if (takes === 'list')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const isNumber = (takes === 'integer' || takes === 'number') && Number.isFinite(Number(text));
  return isNumber ? Number(text) : text;
}
