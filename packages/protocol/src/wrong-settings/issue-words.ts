// What value a settings field takes, and what is wrong with one that the schema refuses, in words. Where it stood is said by who read
// it: a line of a file, a field of a form.
import type { z } from 'zod';
import { type SettingsField, settingsFields } from '../settings-fields.ts';

export function takesWords({
  takes,
  choices,
  range,
}: Pick<SettingsField, 'takes' | 'choices' | 'range'>): string {
  if (choices !== null) return choices.join(', ');
  const what = takes === 'fields' ? 'the fields below' : takes;
  return range === null ? what : `${what}, ${range}`;
}

const fields = new Map(settingsFields().map((field) => [field.path, field]));

/** Names of the fields right in a section. */
export function namesIn(section: string): string[] {
  const within = `${section}.`;
  return [...fields.keys()]
    .filter((one) => one.startsWith(within) && !one.slice(within.length).includes('.'))
    .map((one) => one.slice(within.length));
}

/** What the library says by itself, where the schema has no words of its own: what the field takes says more. */
const ofLibrary = /^(Invalid (input|option)|Too (big|small))\b/;

/** `issue`: of settings, its path from their root. */
export function issueWords(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  const field = fields.get(path);
  if (field === undefined || !ofLibrary.test(issue.message)) return issue.message;
  if (field.takes === 'fields') return `takes fields below it: ${namesIn(path).join(', ')}`;
  const choices = field.choices === null ? 'takes' : 'takes one of';
  return `${choices} ${takesWords(field)}`;
}
