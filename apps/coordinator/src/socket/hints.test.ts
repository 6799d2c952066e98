// The socket: who hears what, who is refused, and presence while it is open. Everything here also
// works by polling, as the whole-flow test shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { type ServerEventName, serverEvents } from '@colora/protocol/events';
import { io, type Socket } from 'socket.io-client';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, tensors } from '../testing/group.ts';

onEachDatabase('hints', (database) => {
  let coordinator: Coordinator;
  const sockets: Socket[] = [];
  before(async () => {
    const options = await database.create();
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
  });
  after(async () => {
    for (const socket of sockets) socket.disconnect();
    await coordinator.close();
  });

  /** Connects and collects what is heard, each checked against the catalogue. */
  async function listen(key: string) {
    const socket = io(coordinator.url, { auth: { key }, reconnection: false, transports: ['websocket'] });
    sockets.push(socket);
    const heard: [string, object][] = [];
    socket.onAny((name: ServerEventName, event) => heard.push([name, serverEvents[name].parse(event)]));
    await new Promise<void>((done, fail) => {
      socket.once('connect', done);
      socket.once('connect_error', fail);
    });
    const names = () => heard.map(([name]) => name);
    const until = async (name: ServerEventName, times = 1) => {
      for (let tries = 0; tries < 200; tries += 1) {
        if (names().filter((one) => one === name).length >= times) return;
        await new Promise((done) => setTimeout(done, 25));
      }
      assert.fail(`${name} was not heard, only ${names().join(', ')}`);
    };
    return { socket, heard, names, until };
  }

  test('members hear their group, operators hear all and the contributions', async () => {
    const rounds = { count: 1, participants: 2 };
    await makeGroup(coordinator.url, { settings: { rounds }, start: false });
    await makeGroup(coordinator.url, { name: 'other' });
    const ada = await joinAs(coordinator.url, 'ada');
    const eve = await joinAs(coordinator.url, 'eve', 'other');
    const [atAda, atEve, atAdmin] = await Promise.all([ada.key, eve.key, adminKey].map(listen));
    assert.ok(atAda && atEve && atAdmin);
    const bob = await joinAs(coordinator.url, 'bob');
    await createApiClient(coordinator.url, () => adminKey).call('startGroup', { params: { group: 'group' } });
    await atAda.until('round:opened');
    await ada.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await bob.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await atAda.until('checkpoint:published');
    await atAda.until('group:changed', 2);
    await atAdmin.until('contribution:accepted', 2);
    assert.equal(atAda.names().includes('contribution:accepted'), false);
    assert.deepEqual(atEve.names(), []);
    assert.deepEqual(atAda.heard.find(([name]) => name === 'round:opened')?.[1], {
      group: 'group',
      round: 1,
      version: 0,
    });
  });

  test('who joins with an open socket hears the new group', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'later', start: false });
    const gus = await joinAs(coordinator.url, 'gus', 'other');
    const at = await listen(gus.key);
    await gus.api.call('joinGroup', { params: { group: 'later' }, body: {} });
    await admin.call('startGroup', { params: { group: 'later' } });
    await at.until('group:changed');
  });

  test('a wrong key is refused, a revoked one is cut off', async () => {
    await assert.rejects(listen('colora_p_guess'), /invalid-key/);
    const admin = createApiClient(coordinator.url, () => adminKey);
    const made = await admin.call('createKey', { body: { role: 'operator', name: 'otto' } });
    const { socket } = await listen(made.key);
    const gone = new Promise((done) => socket.once('disconnect', done));
    await admin.call('revokeKey', { params: { id: made.id } });
    await gone;
  });
});
