// What is said of the settings' fields is what the schema does with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clustersOf } from './clusters/cluster-settings.ts';
import { type SettingsField, settingsFields } from './settings-fields.ts';
import { taskKinds, taskKindTable } from './task-kinds.ts';
import {
  personalRateOf,
  phasesOf,
  settledSettings,
  sharedRateOf,
  taskSettingsSchema,
} from './task-settings.ts';

const fields = settingsFields();
const byName = new Map(fields.map((field) => [field.path, field]));
const baseModel = { name: 'm', modelType: 'm', fingerprint: '0'.repeat(64) };

function valueAt(settings: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], settings);
}

test('a default is what a new group gets, for every kind of task', () => {
  for (const kind of taskKinds) {
    const task = taskKindTable[kind].labels === null ? { kind } : { kind, labels: ['bad', 'good'] };
    const settings = settledSettings(taskSettingsSchema.parse({ baseModel, task }));
    let compared = 0;
    for (const { path, takes, defaults } of fields) {
      const said = defaults.find((one) => one.kind === kind && one.layout === 'core');
      const isInside = /^(rounds.earlyStop|privacy.secureAggregation)[.]/.test(path); // of what is left out as a whole
      if (said?.value === undefined || takes === 'fields' || isInside) continue;
      const following = {
        'task.clusters': clustersOf,
        'training.phases': phasesOf,
        'training.personalRate': personalRateOf,
        'training.sharedRate': sharedRateOf,
      };
      const follow = following[path as keyof typeof following];
      assert.deepEqual(said.value, follow?.(settings) ?? valueAt(settings, path), `${kind} ${path}`);
      compared += 1;
    }
    assert.ok(compared > 30);
  }
});

test('kinds differ where the schema lets them: a language model has no head, and other defaults', () => {
  const cases = (field: SettingsField | undefined) =>
    new Map(field?.defaults.map(({ kind, value }) => [kind, value]));
  assert.deepEqual(byName.get('task.kind')?.choices, taskKinds);
  assert.equal(cases(byName.get('task.head')).has('causal-lm'), false);
  assert.deepEqual([...cases(byName.get('task.maxTokens')).values()], [24, 128, 128]);
  assert.equal(cases(byName.get('training.sharedRate')).get('causal-lm'), 4e-3);
});

test('what a field takes, also inside of another and where null is allowed', () => {
  const takes = (name: string) => byName.get(name)?.takes;
  assert.equal(takes('rounds.earlyStop'), 'fields');
  assert.equal(takes('rounds.earlyStop.patience'), 'integer');
  assert.equal(takes('retention.checkpoints'), 'integer');
  assert.equal(takes('privacy.secureAggregation.bits'), 'number'); // one of three
  assert.equal(takes('training.controls'), 'boolean');
  assert.equal(takes('aggregation.rule'), 'choice');
  assert.equal(takes('adapter.targets'), 'list');
  assert.equal(takes('baseModel.name'), 'text');
  assert.equal(takes('aggregation.trim'), 'number');
});
