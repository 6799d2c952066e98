// What the code above relies on, whichever database it is: a commit that fails is an error to the
// caller, times survive to the millisecond, and unique constraints are recognised.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isUniqueViolation } from '../sql/database-errors.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { type Database, openDatabase } from './open-database.ts';

onEachDatabase('database', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  test('a transaction whose commit fails is not answered as done', async () => {
    const db = opened.client;
    await db.$executeRaw`CREATE TABLE "late" ("id" INT PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)`;
    const insertTwice = db.$transaction(async (tx) => {
      await tx.$executeRaw`INSERT INTO "late" VALUES (1)`;
      await tx.$executeRaw`INSERT INTO "late" VALUES (1)`; // noticed at the commit, not here
    });
    await assert.rejects(insertTwice);
    const [row] = await db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS "count" FROM "late"`;
    assert.equal(row?.count, 0);
    assert.equal(await db.participant.count(), 0); // the connection goes on
  });

  test('a transaction that is given up leaves nothing', async () => {
    const db = opened.client;
    const givenUp = db.$transaction(async (tx) => {
      await tx.participant.create({ data: { name: 'nobody' } });
      throw new Error('given up');
    });
    await assert.rejects(givenUp, /given up/);
    assert.equal(await db.participant.count(), 0);
  });

  test('times and unique names', async () => {
    const db = opened.client;
    const createdAt = new Date('2026-03-29T01:30:00.123Z');
    const { id } = await db.participant.create({ data: { name: 'ada', createdAt } });
    const [raw] = await db.$queryRaw<{ createdAt: Date }[]>`
      SELECT "createdAt" FROM "Participant" WHERE "createdAt" = ${createdAt}`;
    assert.deepEqual(raw?.createdAt, createdAt);
    assert.deepEqual((await db.participant.findUnique({ where: { id } }))?.createdAt, createdAt);
    await assert.rejects(db.participant.create({ data: { name: 'ada' } }), isUniqueViolation);
  });
});
