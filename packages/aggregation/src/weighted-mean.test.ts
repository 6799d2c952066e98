import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@colora/tensors/safetensors';
import { readSafetensors } from '@colora/tensors/safetensors-stream';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import fc from 'fast-check';
import { AggregationError } from './aggregation-error.ts';
import type { Contribution } from './contribution.ts';
import { accumulate, accumulateTensor, finish, init } from './weighted-mean.ts';

const schema: TensorMap = new Map([
  ['A', tensor([2, 2], [0, 0, 0, 0])],
  ['B', tensor([1], [0])],
  ['unsent', tensor([3], [0, 0, 0])],
]);
const meanOf = (contributions: readonly Contribution[]) =>
  finish(contributions.reduce((state, contribution) => accumulate(state, contribution), init(schema)));
const refusedWith = (code: string) => (error: unknown) =>
  error instanceof AggregationError && error.code === code;

test('weights count, and each tensor is averaged over those that sent it', () => {
  const mean = meanOf([
    { weight: 1, tensors: new Map([['A', tensor([2, 2], [1, 2, 3, 4])]]) },
    {
      weight: 3,
      tensors: new Map([
        ['A', tensor([2, 2], [5, 6, 7, -4])],
        ['B', tensor([1], [10])],
      ]),
    },
  ]);
  assert.deepEqual(
    [...mean],
    [
      ['A', tensor([2, 2], [4, 5, 6, -2])],
      ['B', tensor([1], [10])],
    ],
  );
});

test('nobody sent anything: nothing comes out', () => {
  assert.equal(meanOf([]).size, 0);
});

const contributions = fc.array(
  fc
    .record({
      weight: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      A: fc.option(
        fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 4, maxLength: 4 }),
      ),
      B: fc.option(fc.float({ min: -1000, max: 1000, noNaN: true })),
    })
    .map(({ weight, A, B }): Contribution => {
      const sent = new Map([
        ...(A === null ? [] : [['A', tensor([2, 2], A)] as const]),
        ...(B === null ? [] : [['B', tensor([1], [B])] as const]),
      ]);
      return { weight, tensors: sent };
    }),
  { maxLength: 8 },
);

/** The definition, element by element, with everything in memory. */
function naiveMean(all: readonly Contribution[], name: string, element: number): number | undefined {
  const sent = all.filter(({ tensors }) => tensors.has(name));
  const total = sent.reduce((sum, { weight }) => sum + weight, 0);
  const sum = sent.reduce((s, { weight, tensors }) => s + weight * tensors.get(name)!.data[element]!, 0);
  return sent.length === 0 ? undefined : Math.fround(sum / total);
}

test('equals the definition; a common factor of the weights changes nothing that matters', () => {
  fc.assert(
    fc.property(contributions, (all) => {
      const mean = meanOf(all);
      const scaled = meanOf(all.map(({ weight, tensors }) => ({ weight: weight * 7, tensors })));
      for (const [name, count] of [['A', 4] as const, ['B', 1] as const]) {
        for (let i = 0; i < count; i += 1) {
          assert.equal(mean.get(name)?.data[i], naiveMean(all, name, i));
          const difference = Math.abs((mean.get(name)?.data[i] ?? 0) - (scaled.get(name)?.data[i] ?? 0));
          assert.ok(difference <= 2e-4);
        }
      }
      assert.ok(!mean.has('unsent'));
    }),
  );
});

test('a lone contribution comes out as it went in, bit by bit', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      (weight, x) => {
        const mean = meanOf([{ weight, tensors: new Map([['B', tensor([1], [x])]]) }]);
        assert.equal(mean.get('B')!.data[0]! + 0, x + 0);
      },
    ),
  );
});

test('sums are in f64: a thousand ones beside 2^24 are not lost', () => {
  let state = accumulate(init(schema), { weight: 1, tensors: new Map([['B', tensor([1], [2 ** 24])]]) });
  for (let i = 0; i < 1000; i += 1) {
    state = accumulate(state, { weight: 1, tensors: new Map([['B', tensor([1], [1])]]) });
  }
  assert.equal(finish(state).get('B')!.data[0], Math.fround((2 ** 24 + 1000) / 1001));
});

test('reading contributions off their streams gives the same', async () => {
  const sent: Contribution[] = [
    {
      weight: 2,
      tensors: new Map([
        ['A', tensor([2, 2], [1, 2, 3, 4])],
        ['B', tensor([1], [-1])],
      ]),
    },
    { weight: 5, tensors: new Map([['B', tensor([1], [0.3])]]) },
  ];
  let state = init(schema);
  for (const { weight, tensors } of sent) {
    async function* body() {
      yield encode(tensors);
    }
    const stream = await readSafetensors(body(), { maxBytes: 10_000 });
    for await (const { info, data } of stream.tensors) {
      state = accumulateTensor(state, weight, info.name, { shape: info.shape, data });
    }
  }
  assert.deepEqual([...finish(state)], [...meanOf(sent)]);
});

test('bad contributions are refused by name, before anything is added', () => {
  const good: Contribution = { weight: 1, tensors: new Map([['B', tensor([1], [2])]]) };
  const state = accumulate(init(schema), good);
  const half = new Map([
    ['B', tensor([1], [100])],
    ['A', tensor([4], [1, 2, 3, 4])],
  ]);
  for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => accumulate(state, { ...good, weight }), refusedWith('bad-weight'));
  }
  assert.throws(() => accumulate(state, { weight: 1, tensors: half }), refusedWith('wrong-shape'));
  const unknown = new Map([
    ['B', tensor([1], [100])],
    ['C', tensor([1], [1])],
  ]);
  assert.throws(() => accumulate(state, { weight: 1, tensors: unknown }), /holds no tensor C/);
  const short = new Map([['A', { shape: [2, 2], data: new Float32Array(3) }]]);
  assert.throws(() => accumulate(state, { weight: 1, tensors: short }), refusedWith('wrong-shape'));
  assert.equal(finish(state).get('B')!.data[0], 2);
});

test('a NaN that was let in is noticed at the end, by name', () => {
  for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    const state = accumulate(init(schema), { weight: 1, tensors: new Map([['B', tensor([1], [bad])]]) });
    assert.throws(() => finish(state), /the mean of B is not finite/);
  }
});

test('every element counts, whatever the length', () => {
  for (let length = 0; length <= 9; length += 1) {
    const values = Array.from({ length }, (_, i) => i + 1);
    const one = { weight: 0.5, tensors: new Map([['w', tensor([length], values)]]) };
    const mean = finish(accumulate(accumulate(init(one.tensors), one), one));
    assert.deepEqual([...mean.get('w')!.data], values);
  }
});
