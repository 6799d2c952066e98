// Clusters are bounded in number and in bytes, and who finds no room is somewhere all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlacedMember } from './group-members.ts';
import { roomForClusters, withinRoom } from './room-for-clusters.ts';
import type { Unit } from './units.ts';

const task = (labels: number) => ({
  task: {
    ...{ kind: 'classification' as const, head: 'by-label' as const, maxTokens: 24, headScale: 0.1 },
    labels: Array.from({ length: labels }, (_, at) => `label ${at}`),
  },
});
const person = (name: string, bytes = 2100, labels = ['a']): PlacedMember => ({
  ...{ participantId: name, name, cluster: null, sha256: name, labels, bytes },
});

test('a thousand of a few labels, fewer of many long rows, never none at first', () => {
  assert.equal(roomForClusters(task(2), [person('ada')], 0), 1000);
  assert.equal(roomForClusters(task(2), [person('ada')], 990), 10);
  assert.equal(roomForClusters(task(150), [person('ada', 4200, ['a', 'b'])], 0), 106);
  assert.equal(roomForClusters(task(100_000), [person('ada', 40_000)], 0), 1);
  assert.ok(roomForClusters(task(100_000), [person('ada', 40_000)], 1) <= 0);
});

test('the largest new ones get the room; the others’ members go where they fit best, nobody is lost', async () => {
  const unit = (cluster: number | null, ...names: string[]): Unit => ({
    ...{ cluster, parent: null, members: names.map((name) => person(name)) },
  });
  const units = [unit(3, 'ada'), unit(null, 'bob'), unit(null, 'cem', 'dia'), unit(null, 'eve')];
  const lastThere = async (_: PlacedMember, stay: readonly Unit[]) => stay.length - 1;
  const names = (found: readonly Unit[]) => found.map(({ members }) => members.map(({ name }) => name));
  assert.equal(await withinRoom(units, 3, lastThere), units);
  assert.deepEqual(names(await withinRoom(units, 1, lastThere)), [['ada'], ['cem', 'dia', 'bob', 'eve']]);
  assert.deepEqual(names(await withinRoom(units, -5, lastThere)), [['ada', 'cem', 'dia', 'bob', 'eve']]);
});
