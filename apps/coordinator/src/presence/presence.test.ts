// Who counts as online: a fresh heartbeat does, an open socket keeps it fresh, and neither brings back
// a member that has gone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, openDatabase } from '../database/open-database.ts';
import { readSituation } from '../rounds/read-situation.ts';
import type { Hints } from '../socket/hints.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { endTraining, keepPresence, noteHeartbeat, onlineFor, onlineMs } from './presence.ts';

onEachDatabase('presence', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  test('fresh, prolonged, gone and back', async () => {
    const db = opened.client;
    const { id: groupId } = await db.taskGroup.create({
      data: { name: 'group', access: 'open', ...settingsRow() },
    });
    const heardOf = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000 + onlineMs);
    const ids: Record<string, string> = {};
    for (const [name, age] of Object.entries({ fresh: 1, ageing: 20, gone: 40 })) {
      const { id } = await db.participant.create({ data: { name } });
      await db.membership.create({ data: { groupId, participantId: id, onlineUntil: heardOf(age) } });
      ids[name] = id;
    }
    const online = async () => (await readSituation({ db }, groupId))?.available;
    const ageOf = async (participantId = '') => {
      const row = await db.membership.findUniqueOrThrow({
        where: { groupId_participantId: { groupId, participantId } },
      });
      return (Date.now() - row.onlineUntil.getTime() + onlineMs) / 1000;
    };
    assert.equal(await online(), 2);
    const sockets = { closed: new Set<string>() };
    const hints: Pick<Hints, 'connected' | 'takeDisconnected'> = {
      connected: () => new Set([ids.ageing ?? '', ids.gone ?? '']),
      takeDisconnected: () => sockets.closed,
    };
    await keepPresence({ db, hints });
    assert.ok((await ageOf(ids.ageing)) < 10 && (await ageOf(ids.gone)) > 30);
    assert.equal(await online(), 2);

    // Whose socket was closed runs out as fast as anybody unheard of, however long it had been told to wait.
    const told = { groupId, participantId: ids.fresh ?? '', onlineUntil: heardOf(1) };
    await noteHeartbeat({ db }, told, new Date(), onlineFor(new Date(), 60));
    assert.ok((await ageOf(ids.fresh)) < -100);
    sockets.closed = new Set([ids.fresh ?? '', ids.ageing ?? '']); // one of them is back
    await keepPresence({ db, hints });
    assert.ok(Math.abs(await ageOf(ids.fresh)) < 5 && (await ageOf(ids.ageing)) < 10);

    const beat = (participantId = '', age = 0) =>
      noteHeartbeat({ db }, { groupId, participantId, onlineUntil: heardOf(age) }, new Date());
    assert.equal(await beat(ids.gone, 40), true); // it came online with this
    assert.equal(await beat(ids.ageing, 20), false);
    assert.equal(await online(), 3);

    // Who trains without a socket is online until it should be done, and no longer once it is.
    const hour = new Date(Date.now() + 3_600_000);
    await noteHeartbeat({ db }, told, new Date(), hour);
    assert.ok((await ageOf(ids.fresh)) < -3000);
    await endTraining({ db }, { ...told, onlineUntil: hour }, new Date());
    assert.ok((await ageOf(ids.fresh)) > -200);

    // Who closes the socket when the group is completed has left, and is not shown as online any longer.
    await db.taskGroup.update({ where: { id: groupId }, data: { state: 'completed' } });
    await keepPresence({ db, hints });
    assert.ok((await ageOf(ids.fresh)) >= 30 && (await ageOf(ids.ageing)) < 10);
  });
});
