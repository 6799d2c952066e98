// One member, or one key, can't take all the connections that a coordinator has: its sockets end at a number, the others' don't.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { io, type Socket } from 'socket.io-client';
import { createOwnSite } from '../browser/own-site.ts';
import type { KeyHolder, KeyRing } from '../keys/key-ring.ts';
import { createHints, type Hints } from './hints.ts';

const server = createServer();
const sockets: Socket[] = [];
let hints: Hints;
/** Eve has two keys. */
const holders: Readonly<Record<string, KeyHolder>> = {
  one: { keyId: '1', role: 'participant', name: 'eve', participantId: 'eve', groups: null },
  two: { keyId: '2', role: 'participant', name: 'eve', participantId: 'eve', groups: null },
  ada: { keyId: '3', role: 'participant', name: 'ada', participantId: 'ada', groups: null },
  ops: { keyId: '4', role: 'operator', name: 'ops', participantId: null, groups: null },
};
before(async () => {
  const keys = { find: async (key: string) => holders[key] ?? null } as KeyRing;
  const groupsOf = async () => [];
  hints = createHints({ server, keys, ownSite: createOwnSite(), groupsOf, mostSockets: 3 });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
after(async () => {
  for (const socket of sockets) socket.disconnect();
  await hints.close();
});

function connect(key: string): Promise<Socket | string> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const socket = io(url, { auth: { key }, transports: ['websocket'], reconnection: false, forceNew: true });
  sockets.push(socket);
  return new Promise((done) => {
    socket.once('connect', () => done(socket)).once('connect_error', ({ message }) => done(message));
  });
}

test('so many of one holder at once, by whichever of its keys; one that closes makes room', async () => {
  const tried = await Promise.all(['one', 'two', 'one', 'two', 'one', 'two'].map(connect));
  const open = tried.filter((one) => typeof one !== 'string');
  assert.deepEqual(
    tried.filter((one) => typeof one === 'string'),
    Array(3).fill('too-many-requests'),
  );
  for (const other of ['ada', 'ops', 'ops', 'ops'])
    assert.equal(typeof (await connect(other)), 'object', other);
  assert.equal(await connect('ops'), 'too-many-requests');
  open[0]!.disconnect();
  for (let tries = 0; tries < 50 && typeof (await connect('one')) === 'string'; tries += 1)
    await new Promise((done) => setTimeout(done, 20));
  assert.equal(await connect('two'), 'too-many-requests');
  assert.deepEqual([...hints.connected()].sort(), ['ada', 'eve']);
});
