import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { closeInTurn } from './close-in-turn.ts';

test('parts end in their order; one that hangs or fails is named and holds up nobody', async () => {
  const lines: { part: string; msg: string }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const ended: string[] = [];
  const part = (name: string, end: () => Promise<unknown> = async () => undefined) => ({
    name,
    end: () => {
      ended.push(name);
      return end();
    },
  });
  await closeInTurn(
    [
      part('rounds'),
      part('requests', () => new Promise(() => undefined)),
      part('sockets', async () => {
        throw new Error('gone already');
      }),
      part('database'),
    ],
    20,
    log,
  );
  assert.deepEqual(ended, ['rounds', 'requests', 'sockets', 'database']);
  assert.deepEqual(
    lines.map(({ part, msg }) => `${part} ${msg}`),
    [
      'requests did not close in time; going on without it',
      'sockets could not be closed in order; going on without it',
    ],
  );
});
