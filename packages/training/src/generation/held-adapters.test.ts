// What many adapters beside each other cost: their own values, one set of zeros, and one of them widened at a time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Linear } from '@colora/adapters/layouts';
import { tensor } from '@colora/tensors/tensor';
import { plainNames } from '../programs/folded-model.ts';
import { heldAdapters } from './held-adapters.ts';

const linears: Linear[] = [
  { name: 'layers.0.q_proj', in: 6, out: 5 },
  { name: 'layers.0.v_proj', in: 6, out: 4 },
] as Linear[];

function adapter(rank: number, value: number, modules = linears) {
  return new Map(
    modules.flatMap(({ name, in: inner, out }) => {
      const names = plainNames(name);
      return [
        [names.A, tensor([rank, inner], Array(rank * inner).fill(value))] as const,
        [names.B, tensor([out, rank], Array(out * rank).fill(value))] as const,
      ];
    }),
  );
}

test('adapters that are alike lie here once each, as they came', () => {
  const held = heldAdapters(linears);
  const all = Array.from({ length: 20 }, (_, index) => adapter(2, index + 1));
  const wider = all.map((one, index) => held.put(`a${index}`, one));
  assert.deepEqual(wider, [true, ...Array(19).fill(false)]);
  const buffers = new Set(Object.values(held.inputsOf(null)));
  for (const [index, one] of all.entries()) {
    const inputs = held.inputsOf(`a${index}`);
    for (const [name, { data }] of one) assert.equal(inputs[name], data);
    for (const values of Object.values(inputs)) buffers.add(values);
  }
  const bytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const own = [...all[0]!.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  assert.equal(bytes, 21 * own);
});

test('a narrower one, and one of fewer modules, is widened while it is used, and no longer', () => {
  const held = heldAdapters(linears);
  held.put('narrow', adapter(1, 7, linears.slice(0, 1)));
  assert.equal(held.room()!.settings.rank, 1);
  assert.equal(held.put('wide', adapter(3, 1)), true);
  assert.deepEqual(held.room()!.settings, {
    ...{ layout: 'global', rank: 3, alpha: 3 },
    targets: ['layers.0.q_proj', 'layers.0.v_proj'],
  });
  const { A, B } = plainNames('layers.0.q_proj');
  const inputs = held.inputsOf('narrow');
  assert.deepEqual([...inputs[A]!], [...Array(6).fill(7), ...Array(12).fill(0)]);
  assert.deepEqual([...inputs[B]!], [7, 0, 0, 7, 0, 0, 7, 0, 0, 7, 0, 0, 7, 0, 0]);
  const other = plainNames('layers.0.v_proj');
  assert.equal(inputs[other.A], held.inputsOf(null)[other.A]);
  assert.equal(held.inputsOf('narrow'), inputs);
  held.inputsOf('wide');
  assert.notEqual(held.inputsOf('narrow'), inputs);
  held.put('narrow', adapter(1, 8));
  assert.equal(held.inputsOf('narrow')[A]![0], 8);
});

test('none, one that adapts nothing, and wrong ones', () => {
  const held = heldAdapters(linears);
  assert.equal(held.room(), null);
  assert.equal(held.put('empty', new Map()), false);
  assert.deepEqual(held.inputsOf('empty'), {});
  assert.throws(() => held.inputsOf('nobody'), /no adapter nobody/);
  const [first, second] = [adapter(2, 1), adapter(2, 1)];
  first.delete(plainNames('layers.0.q_proj').A);
  assert.throws(() => held.put('half', first), /other tensors/);
  second.set('layers.9.q_proj.shared.A', tensor([2, 6], Array(12).fill(1)));
  assert.throws(() => held.put('foreign', second), /other tensors/);
  assert.equal(held.room(), null);
});
