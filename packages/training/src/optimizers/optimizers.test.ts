// The local optimizers against their published formulas, computed apart in plain numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tensor } from '@colora/tensors/tensor';
import { adam } from './adam.ts';
import { chooseLocalOptimizer } from './choose-optimizer.ts';
import type { LocalOptimizer } from './local-optimizer.ts';
import { sgd } from './sgd.ts';

const start = [1, -2];
const gradientAt = (step: number) => [0.5 * step, -0.1];

function run(optimizer: LocalOptimizer, steps: number, rate = 0.1): number[] {
  let params = new Map([['w', tensor([2], start)]]) as Parameters<LocalOptimizer['next']>[1];
  let state = optimizer.init(params);
  for (let step = 1; step <= steps; step += 1) {
    const gradients = new Map([['w', tensor([2], gradientAt(step))]]);
    ({ params, state } = optimizer.next(state, params, gradients, () => rate));
  }
  return [...params.get('w')!.data];
}

function assertClose(actual: number[], expected: number[]) {
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5, `${value} is not ${expected[i]}`);
  }
}

/** Algorithm 1 of the Adam paper with corrected moments, and AdamW's decay. */
function adamByHand(steps: number, rate: number, decay = 0, coupled = 0): number[] {
  return start.map((initial, i) => {
    let [p, m, v] = [initial, 0, 0];
    for (let t = 1; t <= steps; t += 1) {
      const g = gradientAt(t)[i]! + coupled * p;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      p = p - rate * decay * p - (rate * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    }
    return p;
  });
}

test('sgd, with weight decay', () => {
  assertClose(run(sgd(), 2), [1 - 0.1 * 0.5 - 0.1 * 1, -2 + 0.1 * 0.1 * 2]);
  assertClose(run(sgd({ weightDecay: 0.5 }), 1), [1 - 0.1 * (0.5 + 0.5), -2 + 0.1 * (0.1 + 1)]);
});

test('adam and adamw', () => {
  assertClose(run(adam(), 5), adamByHand(5, 0.1));
  assertClose(run(adam({ weightDecay: 0.3, decoupled: true }), 5), adamByHand(5, 0.1, 0.3));
  assertClose(run(adam({ weightDecay: 0.3 }), 5), adamByHand(5, 0.1, 0, 0.3));
});

test('arguments stay as they are, tensors without a gradient too, and missing state starts fresh', () => {
  const params = new Map([
    ['moved', tensor([1], [1])],
    ['still', tensor([1], [1])],
  ]);
  const optimizer = adam();
  const state = optimizer.init(params);
  const gradients = new Map([['moved', tensor([1], [1])]]);
  const stepped = optimizer.next(state, params, gradients, () => 0.1);
  assert.equal(params.get('moved')!.data[0], 1);
  assert.equal(state.get('steps/moved')!.data[0], 0);
  assert.equal(stepped.params.get('still'), params.get('still'));
  assert.equal(stepped.state.get('steps/still')!.data[0], 0);
  assert.equal(stepped.state.get('steps/moved')!.data[0], 1);
  assert.deepEqual(optimizer.next(new Map(), params, gradients, () => 0.1).params, stepped.params);
});

test('settings name the optimizer', () => {
  for (const optimizer of ['sgd', 'adam', 'adamw'] as const) {
    assert.equal(chooseLocalOptimizer({ optimizer, weightDecay: 0 }).name, optimizer);
  }
});
