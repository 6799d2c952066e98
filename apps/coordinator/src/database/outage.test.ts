// A database server that goes away under a running coordinator: callers are told to come back, the
// coordinator lives on, and goes on when the server does. Through a real TCP relay that is cut.
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from '@colora/protocol/api-client';
import { buildCoordinator } from '../coordinator.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, tensors } from '../testing/group.ts';

onEachDatabase('outage', (database) => {
  test('503 with Retry-After, then on again', {
    skip: database.kind === 'pglite' && 'no server to lose',
  }, async () => {
    const options = await database.create();
    const relay = await startRelay(options.databaseUrl ?? '');
    const databaseUrl = relay.url;
    const coordinator = await buildCoordinator({
      ...options,
      databaseUrl,
      port: 0,
      adminKey,
      logger: 'silent',
    });
    try {
      await makeGroup(coordinator.url, { settings: { rounds: { count: 1, participants: 1 } } });
      const ada = await joinAs(coordinator.url, 'ada');
      await ada.until('a round', ({ round }) => round !== null);
      relay.cut();
      await assert.rejects(ada.assignment(), (error: unknown) => {
        assert.ok(error instanceof ApiProblem, String(error));
        assert.deepEqual(
          [error.problem.code, error.problem.status, error.retryAfter],
          ['unavailable', 503, 5],
        );
        return true;
      });
      assert.equal((await fetch(`${coordinator.url}/ready`)).status, 503);
      assert.equal((await fetch(`${coordinator.url}/health`)).status, 200);
      await assert.rejects(ada.send(1, new Uint8Array(64)), (error: unknown) => {
        assert.ok(error instanceof ApiProblem, String(error));
        assert.deepEqual([error.problem.code, error.retryAfter], ['unavailable', 5]);
        return true;
      });
      relay.mend();
      // it looks each second whether the database is back
      for (let tries = 0; (await fetch(`${coordinator.url}/ready`)).status !== 200; tries += 1) {
        assert.ok(tries < 200, 'ready again');
        await sleep(50);
      }
      await ada.contribute(tensors({ 'x.shared.A': [1, 1] }));
      await ada.until('the end', ({ state }) => state === 'completed');
    } finally {
      relay.mend();
      await coordinator.close();
      await relay.close();
    }
  });
});

async function startRelay(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let broken = false;
  const server = createServer((near) => {
    if (broken) return near.destroy();
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    broken = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    mend: () => {
      broken = false;
    },
    close: () => {
      cut();
      return new Promise((done) => server.close(done));
    },
  };
}
