// Statements that answer many questions at once: what they are made of, and their rows back to the questions.
import { raw, type Sql } from '@prisma/client/runtime/client'; // the generated client may not be there yet

/**
 * The row of a table by a unique key, or nulls, as a join to write after FROM. In the plain way Postgres may choose to
 * read a whole table for it, since it does not know the size of a young one: here it looks each row up.
 */
export function byKey(table: string, alias: string, key: string): Sql {
  return raw(`LEFT JOIN LATERAL (SELECT * FROM "${table}" ${alias} WHERE ${key} LIMIT 1) ${alias} ON TRUE`);
}

/** Of rows whose `at` says which question they answer, from 1 on as WITH ORDINALITY counts; undefined for who has none. */
export function inOrder<Row extends { readonly at: number }>(
  questions: readonly unknown[],
  rows: readonly Row[],
): (Row | undefined)[] {
  const answers = new Array<Row | undefined>(questions.length).fill(undefined);
  for (const row of rows) answers[row.at - 1] = row;
  return answers;
}
