// Presets make settings that the schema takes, for every kind of task; what is given beside one wins.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskKinds, taskKindTable } from '../task-kinds.ts';
import { settledSettings, taskSettingsSchema } from '../task-settings.ts';
import { changesOfTerms } from './changes.ts';
import { valueAt } from './field-paths.ts';
import { presetNames, presets, withPreset } from './presets.ts';

const baseModel = { name: 'm', modelType: 'm', fingerprint: '0'.repeat(64) };

for (const name of presetNames) {
  test(`${name}: taken for every kind of task, each value differs from the default and has its reason`, () => {
    const differing = new Set<string>();
    for (const kind of taskKinds) {
      const task = taskKindTable[kind].labels === null ? { kind } : { kind, labels: ['bad', 'good'] };
      const settled = (draft: object) =>
        settledSettings(taskSettingsSchema.parse({ baseModel, seed: 0, ...draft }));
      const settings = settled(withPreset({ task }, name, kind));
      const changes = changesOfTerms(
        { access: 'open', settings: settled({ task }) },
        { access: 'open', settings },
      );
      for (const { path } of changes) differing.add(path);
      for (const { path, value } of presets[name].values)
        if (!path.startsWith('task.')) assert.deepEqual(valueAt(settings, path), value, path);
    }
    for (const { path, because } of presets[name].values) {
      assert.ok(differing.has(path), path);
      assert.ok(because.length > 10, path);
    }
  });
}

test('what is said beside a preset wins over it, field by field', () => {
  const draft = withPreset({ rounds: { count: 20 } }, 'quick', 'causal-lm');
  assert.deepEqual(draft.rounds, { count: 20, deadlineSeconds: 120 });
});
