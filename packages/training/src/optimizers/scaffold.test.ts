// FedProx and SCAFFOLD on losses that can be worked out by hand: f_i(y) = a_i / 2 |y - b_i|^2, gradient a_i (y - b_i).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subtract } from '@colora/tensors/arithmetic';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import { chained, type GradientTerm } from './gradient-term.ts';
import { proximal } from './proximal.ts';
import { controlsOf, corrected, initialControls, nextControls } from './scaffold.ts';
import { sgd } from './sgd.ts';

interface Person {
  readonly a: number;
  readonly b: number;
}
const shared = [{ name: 'w', shape: [1] }];
const value = (x: number): TensorMap => new Map([['w', tensor([1], [x])]]);
const first = (tensors: TensorMap, name = 'w') => tensors.get(name)!.data[0]!;
const near = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

function steps({ a, b }: Person, start: number, count: number, rate: number, term: GradientTerm): number {
  let at = value(start);
  for (let step = 0; step < count; step += 1) {
    const gradients = term(value(a * (first(at) - b)), at);
    at = sgd().next(new Map(), at, gradients, () => rate).params;
  }
  return first(at);
}

test('FedProx: two steps worked out by hand, and the limit of many', () => {
  // y1 = 4 - 0.1 * 2 (4 - 1) = 3.4; y2 = 3.4 - 0.1 (2 (3.4 - 1) + 0.5 (3.4 - 4)) = 2.95
  near(steps({ a: 2, b: 1 }, 4, 2, 0.1, proximal(0.5, value(4))), 2.95);
  // where 2 (y - 1) + 0.5 (y - 4) = 0
  near(steps({ a: 2, b: 1 }, 4, 500, 0.1, proximal(0.5, value(4))), 1.6);
  near(
    steps({ a: 2, b: 1 }, 4, 2, 0.1, proximal(0, value(4))),
    steps({ a: 2, b: 1 }, 4, 2, 0.1, chained([])),
  );
});

test('SCAFFOLD: one participant’s round worked out by hand', () => {
  const checkpoint = new Map([...value(4), ['control/w', tensor([1], [0.25])]]);
  const state = new Map([['control/w', tensor([1], [1.5])]]);
  const controls = controlsOf(shared, checkpoint, state);
  // c - c_i = -1.25: y1 = 4 - 0.1 (6 - 1.25) = 3.525; y2 = 3.525 - 0.1 (2 * 2.525 - 1.25) = 3.145
  const end = steps({ a: 2, b: 1 }, 4, 2, 0.1, corrected(controls));
  near(end, 3.145);
  // c_i' = 1.5 - 0.25 + (4 - 3.145) / 0.2 = 5.525, the mean of the gradients 6 and 5.05
  const { kept, sent } = nextControls(controls, subtract(value(4), value(end)), () => 0.2);
  near(first(kept, 'control/w'), 5.525, 1e-5);
  near(first(sent, 'control/w'), 1.5 - 5.525, 1e-5);
});

test('a checkpoint without controls is refused by name; an own control that is not there is zero', () => {
  assert.throws(() => controlsOf(shared, value(1), new Map()), /the checkpoint lacks the tensor control\/w/);
  const { own } = controlsOf(shared, initialControls(shared), new Map());
  assert.equal(first(own), 0);
});

/** Rounds of everybody; the server's half: x - mean, and c - |S| / N mean with S everybody. */
function federated(people: readonly Person[], rounds: number, scaffold: boolean): number {
  let x = 0;
  let c = initialControls(shared);
  const states = people.map((): TensorMap => new Map());
  const [count, rate] = [10, 0.05];
  for (let round = 0; round < rounds; round += 1) {
    const checkpoint = new Map([...value(x), ...c]);
    let moved = 0;
    let controlMoved = 0;
    for (const [i, person] of people.entries()) {
      const controls = controlsOf(shared, checkpoint, states[i]!);
      const end = steps(person, x, count, rate, scaffold ? corrected(controls) : chained([]));
      const next = nextControls(controls, value(x - end), () => count * rate);
      states[i] = next.kept;
      moved += (x - end) / people.length;
      controlMoved += first(next.sent, 'control/w') / people.length;
    }
    x -= moved;
    c = new Map([['control/w', tensor([1], [first(c, 'control/w') - controlMoved])]]);
  }
  return x;
}

test('SCAFFOLD goes to the optimum that averaging of local steps misses', () => {
  const people = [
    { a: 4, b: 0 },
    { a: 0.5, b: 9 },
  ];
  const optimum = (4 * 0 + 0.5 * 9) / 4.5;
  assert.ok(Math.abs(federated(people, 400, false) - optimum) > 0.5);
  near(federated(people, 400, true), optimum, 1e-4);
});
