// What the schema refuses of a group file, told by place, field and what would be right.
import { settingsFields } from '@colora/protocol/settings-fields';
import type { z } from 'zod';
import { takesWords } from '../flags/takes-words.ts';
import { UsageError } from '../usage-error.ts';
import { nearestWord } from './did-you-mean.ts';
import type { PlacedValue } from './read-yaml.ts';

const fields = new Map(settingsFields().map((field) => [field.path, field]));

/** Fields of a section, or of the file itself. */
function namesIn(path: readonly PropertyKey[], ownNames: readonly string[]): string[] {
  if (path.length === 0) return [...ownNames];
  const within = `${path.map(String).join('.')}.`;
  return [...fields.keys()]
    .filter((one) => one.startsWith(within) && !one.slice(within.length).includes('.'))
    .map((one) => one.slice(within.length));
}

/** One error for all of them, in the file's order of lines. `ownNames`: of the file's own fields. */
export function issuesError(
  file: PlacedValue,
  issues: readonly z.core.$ZodIssue[],
  ownNames: readonly string[],
): UsageError {
  const lines = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownField(file, [...issue.path, key], ownNames))
      : [`${file.placeOf(issue.path)}: ${nameOf(issue.path)}${wordsOf(issue)}`],
  );
  return new UsageError(lines.join('\n'));
}

function unknownField(file: PlacedValue, path: readonly PropertyKey[], ownNames: readonly string[]): string {
  const names = namesIn(path.slice(0, -1), ownNames);
  const meant = nearestWord(String(path.at(-1)), names);
  const advice = meant === null ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
  return `${file.placeOf(path, 'name')}: ${nameOf(path)}no such field; ${advice}`;
}

const nameOf = (path: readonly PropertyKey[]) => (path.length === 0 ? '' : `${path.map(String).join('.')}: `);

/** Of those the field's own words say more than the schema's. */
const ofValue: ReadonlySet<string> = new Set([
  'invalid_type',
  'invalid_value',
  'invalid_union',
  'too_big',
  'too_small',
]);

function wordsOf(issue: z.core.$ZodIssue): string {
  const field = fields.get(issue.path.map(String).join('.'));
  if (field === undefined || !ofValue.has(issue.code)) return issue.message;
  if (field.takes === 'fields') return `takes fields below it: ${namesIn(issue.path, []).join(', ')}`;
  const choices = field.choices === null ? 'takes' : 'takes one of';
  return `${choices} ${takesWords(field)}`;
}
