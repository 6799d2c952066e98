// Starting values: determined by seed and name alone, distributed as stated, delta = 0.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Layout } from '@colora/protocol/task-settings';
import { fold } from './fold.ts';
import { initialise } from './initialise.ts';
import { type AdapterSettings, layouts, type Owner } from './layouts.ts';

const modules = [
  { name: 'layers.0.fc', out: 24, in: 100 },
  { name: 'layers.1.fc', out: 24, in: 100 },
];
const owners: Owner[] = ['shared', 'personal', 'frozen'];

function settingsOf(layout: Layout, rank = 4): AdapterSettings {
  return { layout, rank, alpha: rank, targets: ['fc'] };
}

test('the same seed and name give the same numbers, whatever else is initialised', () => {
  const both = initialise(settingsOf('core'), modules, 'shared', 7);
  const one = initialise(settingsOf('core'), modules.slice(1), 'shared', 7);
  assert.deepEqual(initialise(settingsOf('core'), modules, 'shared', 7), both);
  assert.deepEqual(one.get('layers.1.fc.shared.A'), both.get('layers.1.fc.shared.A'));
});

test('the numbers stay what they are across versions', () => {
  const start = initialise(settingsOf('core'), modules, 'shared', 7).get('layers.0.fc.shared.A')!;
  assert.deepEqual(
    [...start.data.slice(0, 3)].map((value) => value.toFixed(6)),
    ['-0.040928', '-0.001102', '0.066180'],
  );
});

test('another seed, module or owner gives other numbers', () => {
  const dual = settingsOf('dual');
  const shared = initialise(dual, modules, 'shared', 7);
  const first = shared.get('layers.0.fc.shared.A')!.data;
  assert.notDeepEqual(first, shared.get('layers.1.fc.shared.A')!.data);
  assert.notDeepEqual(first, initialise(dual, modules, 'shared', 8).get('layers.0.fc.shared.A')!.data);
  assert.notDeepEqual(first, initialise(dual, modules, 'personal', 7).get('layers.0.fc.personal.A')!.data);
});

test('A has mean 0 and variance 1 / in, B is zero, S the identity', () => {
  const settings = settingsOf('core', 50);
  const { data } = initialise(settings, modules, 'shared', 1).get('layers.0.fc.shared.A')!;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
  // 5000 values: standard errors 0.0014 of the mean, 0.0002 of the variance
  assert.ok(Math.abs(mean) < 0.006, `mean ${mean}`);
  assert.ok(Math.abs(variance - 0.01) < 0.001, `variance ${variance}`);
  assert.ok(
    initialise(settings, modules, 'shared', 1)
      .get('layers.0.fc.shared.B')!
      .data.every((value) => value === 0),
  );
  const core = initialise(settings, modules, 'personal', 1).get('layers.0.fc.personal.S')!;
  assert.deepEqual(core.shape, [50, 50]);
  assert.ok(core.data.every((value, i) => value === (i % 51 === 0 ? 1 : 0)));
});

for (const layout of Object.keys(layouts) as Layout[]) {
  test(`${layout}: delta is zero at the start`, () => {
    const settings = settingsOf(layout);
    const tensors = new Map(owners.flatMap((owner) => [...initialise(settings, modules, owner, 3)]));
    const folded = fold(settings, modules, tensors);
    assert.equal(folded.size, modules.length);
    for (const { A, B } of folded.values()) {
      assert.ok(B.data.every((value) => value === 0));
      assert.ok(A.data.some((value) => value !== 0));
    }
  });
}
