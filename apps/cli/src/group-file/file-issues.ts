// What the schema refuses of a group file, told by place, field and what would be right.
import { issueWords, namesIn } from '@colora/protocol/wrong-settings/issue-words';
import type { z } from 'zod';
import { UsageError } from '../usage-error.ts';
import { nearestWord } from './did-you-mean.ts';
import type { PlacedValue } from './read-yaml.ts';

/** One error for all of them, in the file's order of lines. `ownNames`: of the file's own fields. */
export function issuesError(
  file: PlacedValue,
  issues: readonly z.core.$ZodIssue[],
  ownNames: readonly string[],
): UsageError {
  const lines = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownField(file, [...issue.path, key], ownNames))
      : [`${file.placeOf(issue.path)}: ${nameOf(issue.path)}${issueWords(issue)}`],
  );
  return new UsageError(lines.join('\n'));
}

function unknownField(file: PlacedValue, path: readonly PropertyKey[], ownNames: readonly string[]): string {
  const section = path.slice(0, -1).map(String).join('.');
  const names = section === '' ? ownNames : namesIn(section);
  const meant = nearestWord(String(path.at(-1)), names);
  const advice = meant === null ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
  return `${file.placeOf(path, 'name')}: ${nameOf(path)}no such field; ${advice}`;
}

const nameOf = (path: readonly PropertyKey[]) => (path.length === 0 ? '' : `${path.map(String).join('.')}: `);
