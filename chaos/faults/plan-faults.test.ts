// The schedule follows from the seed alone, strikes a target once at a time and ends in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultKinds } from './fault-kinds.ts';
import { planFaults } from './plan-faults.ts';

const stage = { seconds: 1800, counts: { coordinator: 2, crew: 2, postgres: 1, group: 5 } };

test('the same seed gives the same schedule, another one another', () => {
  assert.deepEqual(planFaults(7, stage), planFaults(7, stage));
  assert.notDeepEqual(planFaults(7, stage), planFaults(8, stage));
});

test('half an hour holds every kind, and each is over before its target is struck again', () => {
  const faults = planFaults(1, stage);
  assert.deepEqual(
    [...new Set(faults.map(({ kind }) => kind))].sort(),
    faultKinds.map(({ name }) => name).sort(),
  );
  const busyUntil = new Map<string, number>();
  let before = 0;
  for (const { target, index, at, seconds } of faults) {
    assert.ok(at >= before && at + seconds <= stage.seconds);
    assert.ok(index < stage.counts[target]);
    assert.ok(at >= (busyUntil.get(`${target}/${index}`) ?? 0));
    busyUntil.set(`${target}/${index}`, at + seconds);
    before = at;
  }
});
