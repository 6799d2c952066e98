// Rows back to the questions they answer: a statement that answers many says of each row which one it was.

/** `at` counts from 1, as WITH ORDINALITY does; undefined where no row answers. */
export function inOrder<Row extends { readonly at: number }>(
  questions: readonly unknown[],
  rows: readonly Row[],
): (Row | undefined)[] {
  const answers = new Array<Row | undefined>(questions.length).fill(undefined);
  for (const row of rows) answers[row.at - 1] = row;
  return answers;
}
