import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Activation, chooseCuts } from './choose-cuts.ts';

/** What stays across the cuts, and the most that is saved between two of them. */
function costOf(activations: readonly Activation[], cuts: readonly number[]): number {
  const across = activations.filter(({ born, used }) => cuts.some((cut) => born <= cut && cut < used));
  const segments = new Map<number, number>();
  for (const { born, bytes, saved } of activations) {
    const segment = cuts.filter((cut) => cut < born).length;
    if (saved) segments.set(segment, (segments.get(segment) ?? 0) + bytes);
  }
  return across.reduce((sum, { bytes }) => sum + bytes, 0) + Math.max(...segments.values());
}

/** Layers that hand one tensor on and leave `inner` larger ones to the backward pass. */
function layers(count: number, inner: number): { activations: Activation[]; places: number } {
  const stride = inner + 1;
  const activations = Array.from({ length: count * stride }, (_, born): Activation => {
    if (born % stride === 0) return { bytes: 1, born, used: born + stride, saved: true };
    return { bytes: 4, born, used: born + 1, saved: true };
  });
  return { activations, places: count * stride };
}

test('a deep stack of layers is cut between layers, and needs a fraction', () => {
  const { activations, places } = layers(30, 4);
  const cuts = chooseCuts(activations, places);
  assert.ok(cuts.length > 0);
  const all = activations.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(costOf(activations, cuts) < all / 7, `${costOf(activations, cuts)} of ${all}`);
  assert.ok(cuts.every((cut) => cut % 5 === 0 || cut % 5 === 4));
});

test('no other cuts are cheaper by more than the step of the bounds tried', () => {
  const { activations, places } = layers(6, 2);
  let best = Infinity;
  for (let set = 1; set < 2 ** places; set++) {
    const cuts = Array.from({ length: places }, (_, place) => place).filter((place) => set & (1 << place));
    best = Math.min(best, costOf(activations, cuts));
  }
  assert.ok(costOf(activations, chooseCuts(activations, places)) <= best * 1.25);
});

test('where everything is handed on, or nothing is saved, nothing is cut', () => {
  const places = 8;
  const handedOn = Array.from({ length: places }, (_, born) => ({
    bytes: 1,
    born,
    used: places - 1,
    saved: true,
  }));
  assert.deepEqual(chooseCuts(handedOn, places), []);
  const unsaved = Array.from({ length: places }, (_, born) => ({
    bytes: 1,
    born,
    used: born + 1,
    saved: false,
  }));
  assert.deepEqual(chooseCuts(unsaved, places), []);
  assert.deepEqual(chooseCuts([], 0), []);
});
