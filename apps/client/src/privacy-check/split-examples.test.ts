// Nobody plays two parts, and what is short is left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import fc from 'fast-check';
import { splitExamples } from './split-examples.ts';

const texts = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ text: `${name} ${i}` }));

test('nobody plays two parts', () => {
  const count = fc.integer({ min: 0, max: 150 });
  fc.assert(
    fc.property(count, count, count, fc.integer({ min: 1, max: 70 }), (own, held, other, most) => {
      const given = {
        examples: texts('own', own),
        heldOut: texts('held', held),
        others: texts('other', other),
        simulated: 3,
        most,
      };
      const parts = splitExamples(given, seededRandom(own));
      const { trained, guessed, strangers, references } = parts;
      const apart = [...trained, ...strangers, ...references];
      assert.equal(new Set(apart).size, apart.length);
      assert.ok(guessed.every((example) => trained.includes(example)) && guessed.length <= most);
      assert.ok(strangers.length <= guessed.length);
      for (const examples of parts.others) {
        assert.equal(examples.length, trained.length);
        assert.equal(new Set(examples).size, examples.length);
        assert.ok(examples.every((example) => !apart.includes(example)));
      }
      assert.equal(parts.isSplit, held === 0);
      assert.equal(trained.length, held === 0 ? Math.ceil(own / 2) : own);
    }),
  );
});
