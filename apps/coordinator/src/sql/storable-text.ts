// Texts that others chose, as a database takes them.

/** Signs that Postgres has no place for in a text: NUL and halves of characters. */
const stray = /[\0\p{Cs}]/gu;

export function storableText(text: string): string {
  return text.replace(stray, '\ufffd');
}
