// Contributions that arrive together: each counts once, those of a closed round not at all, and one that is there
// already doesn't take the others with it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, openDatabase } from '../database/open-database.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { createContributionCounter, type NewContribution } from './count-contributions.ts';

onEachDatabase('counting', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  test('together, twice and too late', async () => {
    const db = opened.client;
    const group = await db.taskGroup.create({
      data: { name: 'group', access: 'open', state: 'running', ...settingsRow() },
    });
    const data = { groupId: group.id, number: 1, version: 0, wanted: 9, deadlineAt: new Date() };
    const round = await db.round.create({ data: { ...data, state: 'collecting' } });
    const make = async (name: string): Promise<NewContribution> => {
      const { id: participantId } = await db.participant.upsert({
        where: { name },
        create: { name },
        update: {},
      });
      const blob = await db.blob.create({ data: { sha256: name, bytes: 0 } });
      const at = { roundId: round.id, participantId };
      await db.assignment.createMany({ data: [at], skipDuplicates: true });
      const origin = { madeForId: round.id, version: 0, staleness: 0, blobId: blob.id };
      return {
        ...at,
        ...origin,
        weight: 0.1,
        norm: 1 / 3,
        examples: 7,
        personalLoss: 1e-300,
        sharedLoss: undefined,
        statement: `said by ${name}`,
        signature: null,
        attempt: null,
        trace: null,
        keyId: 'key',
        address: '127.0.0.1',
      };
    };
    const names = ['a', 'b', 'c', 'b', 'd'];
    const made = [];
    for (const name of names) made.push(await make(name));
    const counters = [createContributionCounter(db), createContributionCounter(db)]; // as of two coordinators
    const results = await Promise.allSettled(made.map((one, at) => counters[at % 2]!.count(one)));
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.ok(isUniqueViolation(refused[0]!.reason));
    const after = await db.round.findUniqueOrThrow({ where: { id: round.id } });
    assert.equal(after.contributed, 4);
    const stored = await db.contribution.findMany({ orderBy: { participant: { name: 'asc' } } });
    assert.equal(stored.length, 4);
    assert.deepEqual(
      [stored[0]!.weight, stored[0]!.norm, stored[0]!.personalLoss, stored[0]!.sharedLoss],
      [0.1, 1 / 3, 1e-300, null],
    );

    const late = await make('e');
    await db.taskGroup.update({ where: { id: group.id }, data: { state: 'paused' } });
    assert.equal(await counters[0]!.count(late), null);
    await db.taskGroup.update({ where: { id: group.id }, data: { state: 'running' } });
    await db.round.update({ where: { id: round.id }, data: { state: 'aggregating' } });
    assert.equal(await counters[0]!.count(late), null);
    assert.equal(await db.contribution.count(), 4);
  });
});
