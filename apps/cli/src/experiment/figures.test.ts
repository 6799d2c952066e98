import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from './figures.ts';
import { figuresTable, peopleTable } from './table.ts';

const users = [
  { user: 'aya', group: 'films', seed: 0, alone: 0.7, core: 0.8 },
  { user: 'ben', group: 'shops', seed: 0, alone: 0.6, core: 0.8, global: 0.5 },
];

test('only methods that everybody has are compared', () => {
  const figures = summarise(users, 1.5, 'onnx cpu');
  assert.deepEqual(Object.keys(figures.methods), ['alone', 'core']);
  assert.ok(Math.abs(figures.differences['core - alone']!.mean - 0.15) < 1e-12);
  assert.deepEqual(figures.seeds, [0]);
});

test('tables line up and speak in percent', () => {
  const lines = figuresTable(summarise(users, 1.5, 'onnx cpu'));
  assert.match(lines[0]!, /^held-out accuracy, % +alone +core$/);
  assert.match(lines.find((line) => line.startsWith('everybody'))!, /65\.0 ± 5\.0 +80\.0 ± 0\.0/);
  assert.match(lines.at(-1)!, /\+15\.0 ± 5\.0$/);
  assert.match(peopleTable(summarise(users, 1.5, 'x'))[2]!, /^ben +shops +60\.0 +80\.0$/);
});
