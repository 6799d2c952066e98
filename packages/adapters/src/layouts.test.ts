// The layouts against the written table: who owns which factor, its shape and its start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Layout } from '@colora/protocol/task-settings';
import { adapterTensors } from './adapter-tensors.ts';
import { type AdapterSettings, layoutPaths, layouts, pathScale } from './layouts.ts';
import { modulePaths } from './paths.ts';

// role, owner, start, shape as [out, in] = [7, 5], r = 2, r' = 3
const table: Record<Layout, string[]> = {
  core: ['shared.B zero 7,2', 'personal.S identity 2,2', 'shared.A gaussian 2,5'],
  dual: ['shared.B zero 7,2', 'shared.A gaussian 2,5', 'personal.B zero 7,3', 'personal.A gaussian 3,5'],
  global: ['shared.B zero 7,2', 'shared.A gaussian 2,5'],
  alone: ['personal.B zero 7,2', 'personal.A gaussian 2,5'],
  'share-a': ['personal.B zero 7,2', 'shared.A gaussian 2,5'],
  'frozen-a': ['shared.B zero 7,2', 'frozen.A gaussian 2,5'],
};

function settingsOf(layout: Layout): AdapterSettings {
  return { layout, rank: 2, alpha: 6, personalRank: 3, personalAlpha: 12, targets: ['fc'] };
}

for (const [layout, expected] of Object.entries(table) as [Layout, string[]][]) {
  test(`${layout}: names, owners, starts and shapes`, () => {
    const tensors = adapterTensors(settingsOf(layout), [{ name: 'layers.0.fc', out: 7, in: 5 }]);
    assert.deepEqual(
      tensors.map(({ name, start, shape }) => `${name} ${start} ${shape.join()}`),
      expected.map((row) => `layers.0.fc.${row}`),
    );
    for (const tensor of tensors) {
      assert.equal(tensor.name, `${tensor.module}.${tensor.owner}.${tensor.role}`);
    }
  });

  test(`${layout}: delta starts at zero but not at a stationary point`, () => {
    for (const path of layouts[layout]) {
      assert.equal(path.factors.filter((factor) => factor.start === 'zero').length, 1);
    }
  });
}

test('the table covers every layout', () => {
  assert.deepEqual(Object.keys(table).sort(), Object.keys(layouts).sort());
});

test('the scale is alpha / rank of the path', () => {
  const scales = (settings: AdapterSettings) =>
    layoutPaths(settings).map((path) => pathScale(settings, path));
  assert.deepEqual(scales(settingsOf('dual')), [3, 4]);
  assert.deepEqual(scales(settingsOf('core')), [3]);
  assert.deepEqual(scales({ layout: 'dual', rank: 4, alpha: 8, targets: [] }), [2, 2]);
  assert.deepEqual(scales({ layout: 'dual', rank: 4, alpha: 8, personalRank: 2, targets: [] }), [2, 2]);
});

test('paths list tensor names left to right', () => {
  assert.deepEqual(modulePaths(settingsOf('core'), 'fc'), [
    { scale: 3, factors: ['fc.shared.B', 'fc.personal.S', 'fc.shared.A'] },
  ]);
});

test('bad settings name their field', () => {
  const good = settingsOf('core');
  const cases: [Partial<Record<keyof AdapterSettings, unknown>>, RegExp][] = [
    [{ layout: 'toString' }, /layout "toString" is unknown; known: core, dual/],
    [{ rank: 0 }, /^rank must be a whole number/],
    [{ rank: 1.5 }, /^rank must be a whole number/],
    [{ alpha: Number.NaN }, /^alpha must be a finite number above 0/],
    [{ personalRank: -1 }, /^personalRank must/],
    [{ personalAlpha: 0 }, /^personalAlpha must/],
  ];
  for (const [change, message] of cases) {
    const settings = { ...good, ...change } as AdapterSettings;
    assert.throws(() => adapterTensors(settings, []), {
      name: 'AdapterError',
      code: 'bad-settings',
      message,
    });
  }
});
