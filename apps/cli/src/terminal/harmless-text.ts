// What a terminal is shown of texts that others wrote (names, errors of a coordinator, a model's words) without what would steer
// it: escape sequences, control characters, and the signs that turn the direction of writing. Who writes is door.ts.

const [esc, bell] = ['\u001b', '\u0007'];
/** As ECMA-48 cuts them: control sequences, control strings (those that end, within a line), and the short ones. */
const sequences = new RegExp(
  [
    `(?:${esc}\\[|\u009b)[0-?]*[ -/]*[@-~]?`,
    `(?:${esc}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])` +
      `[^${bell}${esc}\u0090\u0098\u009b-\u009f\n]{0,500}(?:${bell}|${esc}\\\\|\u009c)`,
    `${esc}[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);
/** Controls but for tab and line break; separators of lines and paragraphs; embeddings, overrides and isolates of direction (UAX 9). */
const controls = /(?![\t\n])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+ ?/g;

/** The text without them; its tabs and line breaks stay. */
export function harmless(text: string): string {
  return text.replace(sequences, '').replace(controls, '');
}

/** The same on one line, so that a text from elsewhere can't pass for another line of ours. */
export function harmlessLine(text: string): string {
  return harmless(text.replace(sequences, '').replace(breaks, ' '));
}

/** JSON that says the same, with those characters written as \u escapes: JSON.stringify leaves most as they are. */
export function harmlessJson(json: string): string {
  return json.replace(controls, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
