// What stands shrinks with the rounds of others alone, and only where it was measured that it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { tensor } from '@colora/tensors/tensor';
import { standingAfter, takenBackARound } from './standing-part.ts';

const settings = (change: Partial<Omit<TaskSettingsInput, 'baseModel'>> = {}) =>
  taskSettingsSchema.parse({
    baseModel: { name: 'x', modelType: 'use-lite', fingerprint: 'a'.repeat(64) },
    task: { kind: 'classification', labels: ['bad', 'good'] },
    ...change,
    training: { phases: 'joint', sharedRate: 8e-3, ...change.training },
  });

test('rounds of others take back a little of the adapters, one’s own nothing, and of head rows nobody does', () => {
  const own = new Map([
    ['x.shared.A', tensor([2], [1, -2])],
    ['head/1/good', tensor([1], [3])],
  ]);
  assert.deepEqual([...standingAfter(own, 0, 0.08).keys()], ['x.shared.A']);
  assert.deepEqual([...standingAfter(own, 0, 0.08).get('x.shared.A')!.data], [1, -2]);
  const [value] = standingAfter(own, 1 + 0.5, 0.08).get('x.shared.A')!.data;
  assert.ok(Math.abs(value! - 0.92 ** 1.5) < 1e-6);
  assert.deepEqual([...standingAfter(own, 5, 0).get('x.shared.A')!.data], [1, -2]);
});

test('as measured at the recipe, less on a shorter way, nothing elsewhere', () => {
  assert.equal(takenBackARound(settings()), 0.08);
  assert.equal(takenBackARound(settings({ training: { personalSteps: 2, sharedSteps: 2 } })), 0.04);
  assert.equal(takenBackARound(settings({ training: { sharedRate: 1 } })), 0.08);
  assert.ok(Math.abs(takenBackARound(settings({ aggregation: { rate: 0.25 } })) - 0.02) < 1e-12);
  const elsewhere: Partial<Omit<TaskSettingsInput, 'baseModel'>>[] = [
    { training: { phases: 'apart' } },
    { training: { optimizer: 'sgd' } },
    { training: { schedule: 'cosine' } },
    { adapter: { layout: 'global' } },
    { task: { kind: 'causal-lm' }, training: { phases: 'apart' } },
  ];
  for (const change of elsewhere) assert.equal(takenBackARound(settings(change)), 0, JSON.stringify(change));
});
