// From the fields of one row to a checked example of the task's kind. Further fields are ignored.
// Messages name the place and the field, never a text; where rows come from is the sources' business.

import { DataError, type DataPlace } from '../training-error.ts';
import type { ChatMessage, Example, ReadableTask } from './example.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** One row as a source found it. */
export interface SourceRow {
  readonly fields: Fields;
  readonly place: DataPlace;
}

/** Throws DataError where a field is missing, empty, of another type, or names a label the task doesn't have. */
export function exampleReader(task: ReadableTask): (row: SourceRow) => Example {
  if (task.kind === 'causal-lm') return readLanguage;
  const known = task.labels === 'any' ? null : new Set(task.labels);
  return task.kind === 'classification' ? (row) => readLabelled(row, known) : (row) => readTagged(row, known);
}

function readLabelled({ fields, place }: SourceRow, known: ReadonlySet<string> | null): Example {
  const text = textField(fields, 'text', place);
  const label = textField(fields, 'label', place);
  checkLabel(label, 'label', known, place);
  return { text, label };
}

function readLanguage({ fields, place }: SourceRow): Example {
  if ('messages' in fields) return { messages: readMessages(fields.messages, place) };
  if ('prompt' in fields || 'completion' in fields) {
    return {
      prompt: textField(fields, 'prompt', place),
      completion: textField(fields, 'completion', place),
    };
  }
  if ('text' in fields) return { text: textField(fields, 'text', place) };
  throw new DataError(
    place,
    'needs the fields "prompt" and "completion", or the field "messages", or the field "text"',
  );
}

function readMessages(value: unknown, place: DataPlace): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(
      place,
      'the field "messages" must be a list of at least one {"role": "…", "content": "…"}',
    );
  }
  const messages = value.map((message: unknown, index) => {
    const fields = typeof message === 'object' && message !== null ? (message as Fields) : {};
    const at = `messages[${index}].`;
    return { role: textField(fields, 'role', place, at), content: textField(fields, 'content', place, at) };
  });
  if (messages.some(({ role }) => role === 'assistant')) return messages;
  throw new DataError(
    place,
    'no message has the role "assistant": those are the ones that are learnt, so there is nothing to learn here',
  );
}

function readTagged({ fields, place }: SourceRow, known: ReadonlySet<string> | null): Example {
  const tokens = textList(fields, 'tokens', place);
  const tags = textList(fields, 'tags', place);
  if (tokens.length !== tags.length) {
    throw new DataError(
      place,
      `has ${tokens.length} tokens and ${tags.length} tags; each token needs one tag`,
    );
  }
  for (const tag of tags) checkLabel(tag, 'tag', known, place);
  return { tokens, tags };
}

function checkLabel(
  label: string,
  what: 'label' | 'tag',
  known: ReadonlySet<string> | null,
  place: DataPlace,
): void {
  if (known === null || known.has(label)) return;
  const allowed = [...known].slice(0, 20).map((one) => JSON.stringify(one));
  const rest = known.size > 20 ? `, … (${known.size} in all)` : '';
  throw new DataError(
    place,
    `${what} ${JSON.stringify(label.slice(0, 100))} is not one of the task's labels: ${allowed.join(', ')}${rest}`,
  );
}

function textList(fields: Fields, name: string, place: DataPlace): string[] {
  const value = fields[name];
  if (value === undefined) throw new DataError(place, `the field "${name}" is missing`);
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(place, `the field "${name}" must be a list of at least one text`);
  }
  const items = Object.fromEntries(value.map((item: unknown, index) => [index, item]));
  return value.map((_, index) => textField(items, String(index), place, `${name}.`));
}

/** `at` names what holds the field, where that is not the row itself. */
function textField(fields: Fields, name: string, place: DataPlace, at = ''): string {
  const value = fields[name];
  if (value === undefined) throw new DataError(place, `the field "${at}${name}" is missing`);
  if (typeof value !== 'string')
    throw new DataError(place, `the field "${at}${name}" must be a text in quotes`);
  if (value.trim() === '') throw new DataError(place, `the field "${at}${name}" is empty`);
  return value;
}
