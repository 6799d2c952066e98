// A call's time limit comes although the garbage collector did meanwhile, with a signal of the caller's beside it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createApiClient } from '../api-client.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('a call without an answer ends in time, whatever was collected', { timeout: 20_000 }, async () => {
  const server = createServer(() => undefined); // never answers
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const api = createApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => null);
  const { signal } = new AbortController();
  const asked = [
    api.call('health', { timeoutSeconds: 1 }),
    api.call('health', { timeoutSeconds: 1, signal }),
  ];
  const ended = Promise.all(asked.map((call) => assert.rejects(call, /no answer in time/)));
  for (let i = 0; i < 5; i += 1) {
    collect();
    await sleep(50);
  }
  await ended;
  server.closeAllConnections();
  server.close();
});
