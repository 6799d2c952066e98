// Statements that stay prepared answer as those that are read anew do, and no more of them stay than may.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { prepareStatements } from './prepared-statements.ts';

let pglite: PGlite;
before(async () => {
  pglite = await PGlite.create();
  prepareStatements(pglite);
  await pglite.exec(
    'CREATE TABLE "kept" ("id" INT PRIMARY KEY, "at" TIMESTAMPTZ, "bytes" BYTEA, "also" JSONB)',
  );
});
after(() => pglite.close());

const insert = 'INSERT INTO "kept" VALUES ($1, $2, $3, $4)';
const selected = 'SELECT * FROM "kept" WHERE "id" = $1';
const rowOf = (id: number) => ({
  ...{ id, at: new Date(id * 1000), bytes: new Uint8Array([id, 0, 255]) },
  also: id === 1 ? null : { words: ['ä', id] },
});

const keptTexts = async () => {
  const { rows } = await pglite.query<{ statement: string; name: string }>(
    'SELECT "statement", "name" FROM pg_prepared_statements',
  );
  return rows;
};

test('values go in and come out of every type, under a text that is known as under a new one', async () => {
  for (const id of [1, 2, 3]) {
    const { affectedRows } = await pglite.query(insert, Object.values(rowOf(id)));
    assert.equal(affectedRows, 1);
    assert.deepEqual((await pglite.query(selected, [id])).rows, [rowOf(id)]);
  }
  assert.deepEqual((await pglite.query(selected, [9])).rows, []);
  assert.equal((await keptTexts()).filter(({ statement }) => statement === selected).length, 1);
  const asText = { rowMode: 'array' as const, parsers: { 1184: (text: string) => text.slice(0, 10) } };
  const { rows } = await pglite.query(selected, [2], asText);
  assert.equal((rows as unknown as unknown[][])[0]![1], '1970-01-01');
});

test('what fails leaves the next one as it was, in a transaction and outside of one', async () => {
  const values = Object.values(rowOf(20));
  await pglite.query(insert, values);
  await assert.rejects(pglite.query(insert, values), { code: '23505' });
  await assert.rejects(pglite.query('SELECT "nothing" FROM "kept"'), { code: '42703' });
  await assert.rejects(pglite.query(selected, ['no number']), { code: '22P02' });
  const twice = pglite.transaction(async (tx) => {
    await tx.query(insert, Object.values(rowOf(21)));
    assert.equal((await tx.query(selected, [21])).rows.length, 1);
    await tx.query(insert, values);
  });
  await assert.rejects(twice, { code: '23505' });
  assert.deepEqual((await pglite.query(selected, [21])).rows, []);
  assert.deepEqual((await pglite.query(selected, [20])).rows, [rowOf(20)]);
});

test('a transaction that is over takes no more', async () => {
  let left: Pick<PGlite, 'query'> | undefined;
  await pglite.transaction(async (tx) => {
    left = tx;
  });
  await assert.rejects(left!.query(selected, [1]), /the transaction is over/);
});

test('a statement is prepared anew after a while, and the longest prepared go where there are too many', async () => {
  const nameOf = async () => (await keptTexts()).find(({ statement }) => statement === selected)!.name;
  const name = await nameOf();
  for (let use = 0; use < 200; use += 1) await pglite.query(selected, [1]);
  const later = await nameOf();
  assert.notEqual(later, name);
  for (let text = 0; text < 250; text += 1) {
    const { rows } = await pglite.query<{ n: number }>(`SELECT ${text} AS "n"`);
    assert.equal(rows[0]!.n, text);
  }
  const kept = await keptTexts();
  assert.equal(kept.length, 200);
  assert.equal(
    kept.some(({ statement }) => statement === selected),
    false,
  );
  assert.deepEqual((await pglite.query(selected, [3])).rows, [rowOf(3)]);
});
