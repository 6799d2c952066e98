// A member joins a round while another coordinator draws for it anew: one waits for the other, in the same order of
// rows, so that neither is the victim of a deadlock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { openDatabase } from '../database/open-database.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { joinRound } from './join-round.ts';

onEachDatabase('joining a round', (database) => {
  const skip = database.kind === 'pglite' && 'the embedded database has one connection';
  test('while members are drawn anew', { skip }, async () => {
    const options = await database.create();
    const { client: db, close } = await openDatabase(options);
    const other = new pg.Client({ connectionString: options.databaseUrl });
    await other.connect();
    try {
      const now = new Date();
      const hour = new Date(now.getTime() + 3_600_000);
      const { id: groupId } = await db.taskGroup.create({
        data: { name: 'group', access: 'open', ...settingsRow() },
      });
      const { id: participantId } = await db.participant.create({ data: { name: 'ada' } });
      await db.membership.create({ data: { groupId, participantId, onlineUntil: hour } });
      const { id: roundId } = await db.round.create({
        data: { groupId, number: 1, version: 0, state: 'collecting', deadlineAt: hour },
      });
      await other.query('BEGIN');
      await other.query(`UPDATE "Round" SET "attempt" = 2 WHERE "id" = $1`, [roundId]);
      const joining = joinRound(db, [{ roundId, participantId, now }]);
      await delay(300); // it has come to wait for the other by now
      const assign = `INSERT INTO "Assignment" ("roundId", "participantId", "attempt") VALUES ($1, $2, 2)`;
      await other.query(assign, [roundId, participantId]);
      await other.query('COMMIT');
      assert.deepEqual(await joining, [false]); // drawn meanwhile
      assert.deepEqual(
        (await db.assignment.findMany()).map(({ attempt }) => attempt),
        [2],
      );
    } finally {
      await other.end();
      await close();
    }
  });
});
