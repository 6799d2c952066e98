// Logs as lines for people.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLines } from './log-lines.ts';
import { localTime } from './output.ts';

test('a log line has time, level, message and figures; an error its stack below', () => {
  const lines: string[] = [];
  const stream = logLines((line) => void lines.push(line));
  const time = Date.parse('2026-01-02T03:04:05Z');
  const common = { time, pid: 1, hostname: 'h', name: 'coordinator' };
  stream.write(
    `${JSON.stringify({ ...common, level: 30, msg: 'round opened', group: 'reviews', round: 3 })}\n`,
  );
  stream.write(JSON.stringify({ ...common, level: 50, msg: 'failed', err: { stack: 'Error: x\n    at y' } }));
  const at = localTime('2026-01-02T03:04:05Z');
  assert.deepEqual(lines, [
    `${at} info  round opened group=reviews round=3`,
    `${at} ERROR failed\nError: x\n    at y`,
  ]);
});
