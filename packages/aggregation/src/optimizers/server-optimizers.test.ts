import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, norm, subtract } from '@colora/tensors/arithmetic';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import { AggregationError } from '../aggregation-error.ts';
import { chooseServerOptimizer, type ServerOptimizerSettings } from './choose-optimizer.ts';

const start: TensorMap = new Map([['w', tensor([3], [0.5, -1, 2])]]);
const updates = [
  [0.1, -0.2, 0],
  [0.3, 0.1, -0.05],
  [-0.02, 0, 0.4],
];
const one = (values: readonly number[]): TensorMap => new Map([['w', tensor([3], values)]]);
const everyRule: ServerOptimizerSettings[] = [
  { optimizer: 'plain', rate: 0.5 },
  { optimizer: 'fedavgm', rate: 0.5, momentum: 0.9 },
  { optimizer: 'fedadam', rate: 0.1, beta1: 0.9, beta2: 0.99, tau: 1e-3 },
  { optimizer: 'fedyogi', rate: 0.1, beta1: 0.9, beta2: 0.99, tau: 1e-3 },
  { optimizer: 'fedadagrad', rate: 0.1, tau: 1e-3 },
];

function afterRounds(settings: ServerOptimizerSettings, rounds: readonly (readonly number[])[] = updates) {
  const optimizer = chooseServerOptimizer(settings);
  return rounds.reduce(({ state, params }, update) => optimizer.next(state, params, one(update)), {
    state: optimizer.init(),
    params: start,
    metrics: {},
  });
}

function assertClose(actual: TensorMap, name: string, expected: readonly number[], tolerance = 3e-7) {
  const { data } = actual.get(name)!;
  expected.forEach((value, i) => {
    const error = Math.abs(data[i]! - value);
    assert.ok(error <= tolerance * Math.max(1, Math.abs(value)), `${name}[${i}]: ${data[i]} is not ${value}`);
  });
}

// The papers' formulas in numpy 2.4.6, f64, three rounds from `start` with `updates`; columns are x, m, v.
test('three rounds give the numbers of numpy', () => {
  const [plain, fedavgm, fedadam, fedyogi, fedadagrad] = everyRule.map((settings) => afterRounds(settings));
  assertClose(plain!.params, 'w', [0.31, -0.95, 1.825]);
  assertClose(fedavgm!.params, 'w', [0.0895, -0.824, 1.8475]);
  assertClose(fedavgm!.state, 'momentum/w', [0.331, -0.072, 0.355]);
  assertClose(fedadam!.params, 'w', [0.188187442719, -0.839469429677, 1.996092283252]);
  assertClose(fedadam!.state, 'momentum/w', [0.0331, -0.0072, 0.0355]);
  assertClose(fedadam!.state, 'second/w', [0.000993980299, 0.000492010299, 0.001625720299], 1e-10);
  assertClose(fedyogi!.params, 'w', [0.188400057669, -0.839870668999, 1.996073251447]);
  assertClose(fedyogi!.state, 'second/w', [0.000997, 0.000501, 0.001626], 1e-10);
  assertClose(fedadagrad!.params, 'w', [0.312718251126, -0.945020556769, 1.999038058859]);
  assertClose(fedadagrad!.state, 'second/w', [0.100401, 0.050001, 0.162501]);
});

test('FedAvgM under a constant update: n rounds subtract a geometric sum of it', () => {
  const rounds = 12;
  const { state } = afterRounds(
    { optimizer: 'fedavgm', rate: 1, momentum: 0.5 },
    Array(rounds).fill([1, -2, 4]),
  );
  const sum = (1 - 0.5 ** rounds) / (1 - 0.5);
  assertClose(state, 'momentum/w', [sum, -2 * sum, 4 * sum]);
});

test('without momentum FedAvgM is the plain step', () => {
  const settings = { rate: 0.3, momentum: 0 };
  assert.deepEqual(
    afterRounds({ optimizer: 'fedavgm', ...settings }).params,
    afterRounds({ optimizer: 'plain', ...settings }).params,
  );
});

test('FedAdam without decay takes steps of rate * d / (|d| + tau)', () => {
  const settings = { optimizer: 'fedadam', rate: 1, beta1: 0, beta2: 0, tau: 0.25 } as const;
  const { params } = afterRounds(settings, [[0.75, -0.25, 0]]);
  assertClose(params, 'w', [0.5 - 0.75, -1 + 0.5, 2]);
});

test('the first FedAdam step has no bias correction', () => {
  const { params } = afterRounds({ optimizer: 'fedadam', rate: 1 }, [[1, 1, 1]]);
  const step = 0.1 / (Math.sqrt(0.99 * 1e-6 + 0.01) + 1e-3);
  assertClose(params, 'w', [0.5 - step, -1 - step, 2 - step]);
});

test('FedYogi’s second moment moves by (1 - beta2) d^2 towards d^2, from above and from below', () => {
  const settings = { optimizer: 'fedyogi', rate: 1, beta2: 0.9, tau: 0.1 } as const;
  const { state } = afterRounds(settings, [
    [1, 0.05, 0],
    [1, 0.05, 0],
  ]);
  assertClose(state, 'second/w', [0.01 + 2 * 0.1, 0.01 - 2 * 0.1 * 0.0025, 0.01]);
});

for (const settings of everyRule) {
  const optimizer = chooseServerOptimizer(settings);
  const two: TensorMap = new Map([...start, ['v', tensor([2], [1, 1])]]);

  test(`${settings.optimizer}: tensors that nobody sent stay, with their state`, () => {
    const both: TensorMap = new Map([...one([1, 1, 1]), ['v', tensor([2], [1, -1])]]);
    const first = optimizer.next(optimizer.init(), two, both);
    const second = optimizer.next(first.state, first.params, one([1, 1, 1]));
    assert.equal(second.params.get('v'), first.params.get('v'));
    for (const [key, kept] of first.state) if (key.endsWith('/v')) assert.equal(second.state.get(key), kept);
    assert.notDeepEqual(second.params.get('w'), first.params.get('w'));
    assert.deepEqual([...second.params.keys()], ['w', 'v']);
  });

  test(`${settings.optimizer}: arguments stay as they were, metrics measure the step`, () => {
    const bytes = encode(two);
    const first = optimizer.next(optimizer.init(), two, one([3, 0, 4]));
    const stateBytes = encode(first.state);
    const { params, metrics } = optimizer.next(first.state, first.params, one([3, 0, 4]));
    assert.deepEqual(encode(two), bytes);
    assert.deepEqual(encode(first.state), stateBytes);
    assert.equal(metrics.updateNorm, 5);
    assert.ok(Math.abs(metrics.stepNorm! - norm(subtract(first.params, params))) < 1e-6);
    assert.ok(metrics.stepNorm! > 0);
  });

  test(`${settings.optimizer}: a state that went through storage goes on exactly`, () => {
    const [head, ...tail] = updates;
    const first = optimizer.next(optimizer.init(), start, one(head!));
    const stored = decode(encode(first.state)).tensors;
    const go = (state: TensorMap) =>
      tail.reduce((at, update) => optimizer.next(at.state, at.params, one(update)), { ...first, state });
    assert.deepEqual(go(stored).params, go(first.state).params);
  });

  test(`${settings.optimizer}: goes downhill on a quadratic`, () => {
    const goal = one([1, 2, -1]);
    let at = { state: optimizer.init(), params: start as TensorMap };
    for (let round = 0; round < 2000; round += 1) {
      at = optimizer.next(at.state, at.params, subtract(at.params, goal));
    }
    assert.ok(norm(subtract(at.params, goal)) < 0.05);
  });

  test(`${settings.optimizer}: what doesn’t fit the checkpoint is refused`, () => {
    const state = optimizer.init();
    assert.throws(() => optimizer.next(state, start, new Map([['x', tensor([1], [1])]])), /no tensor x/);
    assert.throws(() => optimizer.next(state, start, new Map([['w', tensor([1], [1])]])), /shape \[1\]/);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(
        () => optimizer.next(state, start, one([0, bad, 0])),
        (error) =>
          error instanceof AggregationError && error.code === 'not-finite' && /\bw\b/.test(error.message),
      );
    }
  });
}

test('a state of another shape than its tensor is refused', () => {
  const optimizer = chooseServerOptimizer({ optimizer: 'fedadam', rate: 1 });
  const state: TensorMap = new Map([['momentum/w', tensor([1], [0])]]);
  assert.throws(() => optimizer.next(state, start, one([1, 1, 1])), /momentum\/w has another shape/);
});

test('the plain step at rate 1 with deltas is federated averaging', () => {
  const end = one([7, 8, 9]);
  const optimizer = chooseServerOptimizer({ optimizer: 'plain', rate: 1 });
  const { params } = optimizer.next(optimizer.init(), start, subtract(start, end));
  assert.deepEqual(params, add(end, one([0, 0, 0])));
});

test('settings outside of their range are refused by name', () => {
  const cases: [object, RegExp][] = [
    [
      { optimizer: 'sgd', rate: 1 },
      /no optimizer sgd; known are plain, fedavgm, fedadam, fedyogi, fedadagrad/,
    ],
    [{ optimizer: 'toString', rate: 1 }, /no optimizer toString/],
    [{ optimizer: 'plain', rate: 0 }, /rate must be a finite number above 0, not 0/],
    [{ optimizer: 'fedavgm', rate: 1, momentum: 1 }, /momentum must be at least 0 and below 1, not 1/],
    [{ optimizer: 'fedadam', rate: 1, beta1: -0.1 }, /beta1/],
    [{ optimizer: 'fedyogi', rate: 1, beta2: Number.NaN }, /beta2/],
    [{ optimizer: 'fedadam', rate: 1, tau: 0 }, /tau/],
  ];
  for (const [settings, message] of cases) {
    assert.throws(() => chooseServerOptimizer(settings as ServerOptimizerSettings), message);
  }
});
