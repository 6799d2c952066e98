import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pieceElements, planPieces } from './pieces.ts';
import { elementCount } from './tensor.ts';

const shape = fc.oneof(
  fc.array(fc.nat(5), { maxLength: 3 }),
  fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 1000 })),
);
const schemas = fc
  .array(shape, { maxLength: 12 })
  .map((shapes) => shapes.map((sizes, i) => ({ name: `t${String(i).padStart(2, '0')}`, shape: sizes })));

test('every element is in exactly one range, in the order of the tensors, and no piece is too large', () => {
  fc.assert(
    fc.property(schemas, (tensors) => {
      const pieces = planPieces(tensors);
      const ranges = pieces.flatMap((piece) => piece.ranges);
      let at = 0;
      for (const { name, shape } of tensors) {
        for (let done = 0; done < elementCount(shape); at += 1) {
          assert.equal(ranges[at]?.name, name);
          assert.equal(ranges[at]!.from, done);
          assert.equal(done % pieceElements, 0);
          done = ranges[at]!.to;
        }
      }
      assert.equal(at, ranges.length);
      for (const { ranges, elements } of pieces) {
        assert.equal(
          ranges.reduce((sum, { from, to }) => sum + to - from, 0),
          elements,
        );
        assert.ok(elements > 0 && elements <= pieceElements);
      }
    }),
  );
});

test('small tensors share a piece, large ones are cut at multiples of 65,536', () => {
  const tensors = [
    { name: 'a', shape: [10] },
    { name: 'b', shape: [2, 65_536] },
    { name: 'c', shape: [0, 3] },
    { name: 'd', shape: [] },
    { name: 'e', shape: [65_537] },
    { name: 'f', shape: [7] },
  ];
  const shown = planPieces(tensors).map(({ ranges }) =>
    ranges.map(({ name, from, to }) => `${name}${from}-${to}`).join(' '),
  );
  assert.deepEqual(shown, ['a0-10', 'b0-65536', 'b65536-131072', 'd0-1', 'e0-65536', 'e65536-65537 f0-7']);
  assert.throws(() => planPieces([{ name: 'a', shape: [-1] }]), RangeError);
});
