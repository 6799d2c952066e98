// What is filled in becomes settings: empty fields are left out, lists and numbers are what they are, and every field has its words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { settingsSections, textAt, withTexts, wrongFields } from './draft.ts';

const settings = taskSettingsSchema.parse({
  baseModel: { name: 'm', modelType: 'bert', fingerprint: 'a'.repeat(64) },
  task: { kind: 'classification', labels: ['good', 'bad'] },
});
const rows = settingsSections('classification').flatMap(({ rows: some }) => some);

test('each field says what it does, and no field of settings is missing', () => {
  assert.ok(rows.length > 50);
  for (const { path, about } of rows) assert.ok(about.length > 3, path);
});

test('a text a field, and back: what isn’t touched stays, what is emptied is left out', () => {
  const texts = {
    'rounds.count': '12',
    'adapter.targets': 'q_proj, v_proj ',
    'rounds.adaptDeadline': 'true',
    'aggregation.normBound': 'off',
    'training.patience': '',
  };
  const written = withTexts(settings, texts, rows);
  const read = taskSettingsSchema.parse(written);
  assert.equal(read.rounds.count, 12);
  assert.deepEqual(read.adapter.targets, ['q_proj', 'v_proj']);
  assert.equal(read.rounds.adaptDeadline, true);
  assert.equal(read.aggregation.normBound, 'off');
  assert.equal(read.training.patience, 3, 'its default');
  assert.deepEqual(read.task, settings.task);
  assert.equal(textAt(read, 'adapter.targets'), 'q_proj, v_proj');
});

test('what is wrong is said at its field, in the field’s words; of what no field shows, apart', () => {
  const written = withTexts(settings, { 'rounds.count': 'many', 'training.batchSize': '0' }, rows);
  const shown = rows.filter(({ path }) => path !== 'training.batchSize');
  assert.deepEqual(wrongFields(settings, rows), {});
  const wrong = wrongFields(written, shown);
  assert.match(wrong['rounds.count'] ?? '', /^Takes integer, 1 to /);
  assert.match(wrong[''] ?? '', /^training\.batchSize: takes integer, 1 to /);
  assert.equal(Object.keys(wrong).length, 2);
});

test('a kind of task has fields of its own, and no other’s', () => {
  const paths = (kind: Parameters<typeof settingsSections>[0]) =>
    settingsSections(kind).flatMap((section) => section.rows.map(({ path }) => path));
  assert.ok(paths('classification').includes('task.clusters'));
  assert.ok(!paths('causal-lm').includes('task.clusters') && paths('causal-lm').includes('task.maxTokens'));
});
