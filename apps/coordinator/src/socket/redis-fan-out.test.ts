// A Redis that is not there, says nothing or hangs up costs hints and never the coordinator: a command that nobody waits for
// may fail (node:test fails a test in which a rejection is left to itself). A real Redis is in test/replicas.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { openRedisFanOut } from './redis-fan-out.ts';

const ways: Readonly<Record<string, (socket: Socket) => void>> = {
  'is not there': () => undefined,
  'says nothing': () => undefined,
  'hangs up': (socket) => void setTimeout(() => socket.destroy(), 20),
  'is something else': (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
};

for (const [way, answer] of Object.entries(ways)) {
  test(`a Redis that ${way}: said and asked in vain, then closed`, async () => {
    const server = createServer((socket) => answer(socket.on('error', () => undefined))).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (way === 'is not there') server.close();
    const fanOut = openRedisFanOut(`redis://127.0.0.1:${port}`, pino({ level: 'silent' }));
    const io = new Server({ adapter: fanOut.adapter });
    io.emit('said');
    io.serverSideEmit('asked');
    const others = await Promise.race([io.fetchSockets().catch(() => null), delay(600, null)]);
    assert.ok(others === null || others.length === 0);
    fanOut.close();
    io.of('/').adapter.close();
    await delay(100);
    if (server.listening) server.close();
  });
}
