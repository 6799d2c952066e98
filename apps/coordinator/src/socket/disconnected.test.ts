// Who has lost the last socket is told once, whoever else still has one.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { createOwnSite } from '../browser/own-site.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { createHints } from './hints.ts';

const keys: KeyRing = {
  find: async (key) => ({
    ...{ keyId: key, role: 'participant', name: key, participantId: key.slice(0, 3) },
    groups: null,
  }),
  findSession: async () => null,
  forget: () => undefined,
  forgetSession: () => undefined,
};

test('who lost the last socket is told once', async () => {
  const server = createServer();
  const hints = createHints({ server, keys, ownSite: createOwnSite(), groupsOf: async () => [] });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = async (key: string) => {
    const socket = io(url, { auth: { key }, reconnection: false, transports: ['websocket'], forceNew: true });
    await new Promise((done) => socket.once('connect', () => done(null)));
    return socket;
  };
  const until = async (connected: string) => {
    for (let tries = 0; [...hints.connected()].sort().join() !== connected; tries += 1) {
      assert.ok(tries < 200, `connected: ${[...hints.connected()]}, not ${connected}`);
      await sleep(10);
    }
  };
  const [first, second, other] = [await open('ada1'), await open('ada2'), await open('bob1')];
  await until('ada,bob');
  first.disconnect();
  other.disconnect();
  await until('ada');
  assert.deepEqual([...hints.takeDisconnected()], ['bob']);
  second.disconnect();
  await until('');
  assert.deepEqual([...hints.takeDisconnected()], ['ada']);
  assert.deepEqual([...hints.takeDisconnected()], []);
  await hints.close();
});
