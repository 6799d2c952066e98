// A plain LoRA as the start of a layout's shared or personal part: folded again it is the same delta, and what
// cannot be exact is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '@colora/tensors/tensor';
import { adapterRank, adopt } from './adopt.ts';
import { type FoldedAdapter, fold } from './fold.ts';
import { initialise } from './initialise.ts';
import type { AdapterSettings } from './layouts.ts';
import { randomTensors } from './testing-matrices.ts';

const linears = [
  { name: 'layers.0.q_proj', out: 4, in: 3 },
  { name: 'layers.1.q_proj', out: 4, in: 3 },
];
const lora: AdapterSettings = { layout: 'global', rank: 2, alpha: 6, targets: ['q_proj'] };
const folded = fold(lora, linears, randomTensors(lora, linears, 1));

function delta({ A, B }: FoldedAdapter): number[] {
  const [out, rank] = B.shape as [number, number];
  const width = A.shape[1]!;
  return Array.from({ length: out * width }, (_, i) =>
    Array.from({ length: rank }, (_, k) => k).reduce(
      (sum, k) => sum + B.data[Math.floor(i / width) * rank + k]! * A.data[k * width + (i % width)]!,
      0,
    ),
  );
}

for (const [layout, owner] of [
  ['core', 'shared'],
  ['global', 'shared'],
  ['dual', 'shared'],
  ['dual', 'personal'],
  ['alone', 'personal'],
] as const) {
  test(`${layout}: the ${owner} part takes a LoRA of the same or a lower rank exactly`, () => {
    for (const rank of [2, 5]) {
      const settings: AdapterSettings = { ...lora, layout, rank, personalRank: rank, alpha: 7 };
      const own = adopt(settings, linears, owner, folded, 3);
      const other = initialise(settings, linears, owner === 'shared' ? 'personal' : 'shared', 3);
      const again = fold(settings, linears, new Map([...other, ...own]));
      for (const { name } of linears) {
        const [wanted, got] = [delta(folded.get(name)!), delta(again.get(name)!)];
        const worst = Math.max(...wanted.map((value, i) => Math.abs(value - got[i]!)));
        assert.ok(worst < 1e-6, `${name}: ${worst}`);
      }
    }
  });
}

test('what is left of the rank can be trained: gaussian rows of A over zero columns of B', () => {
  const settings: AdapterSettings = { ...lora, rank: 3 };
  const start = initialise(settings, linears, 'shared', 0);
  const own = adopt(settings, linears, 'shared', folded, 0);
  const name = `${linears[0]!.name}.shared`;
  assert.deepEqual(own.get(`${name}.A`)!.data.subarray(6), start.get(`${name}.A`)!.data.subarray(6));
  const lastColumn = own.get(`${name}.B`)!.data.filter((_, i) => i % 3 === 2);
  assert.deepEqual([...lastColumn], [0, 0, 0, 0]);
});

test('modules that the LoRA lacks start as ever', () => {
  const some = new Map([...folded].slice(0, 1));
  const own = adopt(lora, linears, 'shared', some, 0);
  const start = initialise(lora, linears, 'shared', 0);
  assert.deepEqual(own.get('layers.1.q_proj.shared.A'), start.get('layers.1.q_proj.shared.A'));
  assert.deepEqual(own.get('layers.1.q_proj.shared.B'), start.get('layers.1.q_proj.shared.B'));
});

test('what cannot be exact is refused with what would do', () => {
  const refused = (settings: AdapterSettings, owner: 'shared' | 'personal', pattern: RegExp) =>
    assert.throws(() => adopt(settings, linears, owner, folded, 0), pattern);
  refused(
    { ...lora, layout: 'core' },
    'personal',
    /core cannot hold an adapter in its personal part: .*shared/,
  );
  refused({ ...lora, layout: 'global' }, 'personal', /has no personal part; start its shared part/);
  refused({ ...lora, layout: 'alone' }, 'shared', /has no shared part; start its personal part/);
  refused({ ...lora, layout: 'frozen-a' }, 'shared', /product is frozen; use core or dual or global$/);
  refused({ ...lora, layout: 'share-a' }, 'personal', /product is shared; use dual or alone$/);
  for (const owner of ['shared', 'personal'] as const) {
    refused({ ...lora, layout: 'share-a' }, owner, /share-a cannot hold an adapter/);
    refused({ ...lora, layout: 'frozen-a' }, owner, /frozen-a cannot hold an adapter/);
  }
  refused(
    { ...lora, rank: 1 },
    'shared',
    /layers\.0\.q_proj has rank 2, and rank 1 cannot .* rank 2 or more/,
  );
  refused({ ...lora, layout: 'dual', rank: 4, personalRank: 1 }, 'personal', /personalRank 2 or more/);
  assert.throws(
    () => adopt(lora, linears.slice(0, 1), 'shared', folded, 0),
    /adapts layers\.1\.q_proj, which is not among the targets/,
  );
  const wide: Tensor = { shape: [2, 9], data: new Float32Array(18) };
  const foreign = new Map([[linears[0]!.name, { A: wide, B: folded.get(linears[0]!.name)!.B }]]);
  assert.throws(
    () => adopt(lora, linears, 'shared', foreign, 0),
    /for a layer \[4, 9\], this one is \[4, 3\]/,
  );
});

test('the rank of an adapter is its largest', () => {
  assert.equal(adapterRank(folded), 2);
  assert.equal(adapterRank(new Map()), 0);
});
