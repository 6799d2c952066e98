import assert from 'node:assert/strict';
import test from 'node:test';
import { gaussian } from './gaussian.ts';
import { composed, nothing, orders, repeated } from './orders.ts';
import { epsilonOf } from './to-epsilon.ts';

test('a Gaussian round is worth what the formula says at its best order', () => {
  // alpha / (2 z^2) + log(1 - 1/alpha) - log(delta alpha) / (alpha - 1), by hand at z = 1, delta = 1e-5, alpha = 5.3
  const byHand = 5.3 / 2 + Math.log(1 - 1 / 5.3) - Math.log(1e-5 * 5.3) / 4.3;
  const told = epsilonOf(gaussian(1), 1e-5);
  assert.ok(told <= byHand * (1 + 1e-6), `${told} is not the best of all orders (${byHand} at 5.3)`);
  assert.ok(told > byHand * 0.99, `${told} is far below ${byHand}`);
});

test('rounds add up at each order, and nothing costs nothing', () => {
  const twice = composed(gaussian(2), gaussian(2));
  assert.deepEqual(twice, repeated(gaussian(2), 2));
  assert.deepEqual(composed(nothing, gaussian(2)), gaussian(2));
  assert.equal(epsilonOf(nothing, 1e-6), 0);
  assert.equal(epsilonOf(repeated(gaussian(2), 0), 1e-6), 0);
  assert.ok(epsilonOf(twice, 1e-6) > epsilonOf(gaussian(2), 1e-6));
});

test('an order at which nothing is claimed decides nothing', () => {
  const onlyLast = orders.map((_, i) => (i === orders.length - 1 ? 0.001 : Number.POSITIVE_INFINITY));
  assert.ok(Number.isFinite(epsilonOf(onlyLast, 1e-6)));
  assert.equal(
    epsilonOf(
      orders.map(() => Number.POSITIVE_INFINITY),
      1e-6,
    ),
    Number.POSITIVE_INFINITY,
  );
});

test('a delta or a noise multiplier that cannot be is refused by name', () => {
  for (const delta of [0, 1, -1, Number.NaN]) assert.throws(() => epsilonOf(nothing, delta), /delta/);
  for (const z of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => gaussian(z), /noise multiplier/);
});
