// What counts as a label, and when two are the same.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type KnownLabels, knownLabels, labelField } from './row-labels.ts';

const read = (label: unknown, known: KnownLabels = null) =>
  labelField({ label }, 'label', { file: 'mine' }, { known, what: 'label' });

describe('a label', () => {
  const right: [value: unknown, label: string][] = [
    ['good', 'good'],
    [1, '1'],
    [1n, '1'],
    [0, '0'],
    [-0, '0'],
    [-3, '-3'],
    [2n ** 70n, '1180591620717411303424'],
    [true, 'true'],
    [false, 'false'],
    ['1.0', '1.0'],
    ['007', '007'],
    [' good ', 'good'],
  ];
  for (const [value, label] of right) {
    test(`${typeof value} ${String(value)} is ${JSON.stringify(label)}`, () => {
      assert.equal(read(value), label);
    });
  }

  const wrong: [value: unknown, RegExp][] = [
    [1.5, /not whole; write the label as a text/],
    [Number.NaN, /not whole/],
    [Number.POSITIVE_INFINITY, /not whole/],
    [2 ** 53, /too large to be exact/],
    [1e21, /too large to be exact/],
    [new Date(0), /a text in quotes, a whole number, or true or false/],
    [['good'], /a text in quotes, a whole number/],
    [{ name: 'good' }, /a text in quotes, a whole number/],
    [Uint8Array.of(1), /a text in quotes, a whole number/],
    [undefined, /is missing/],
    [null, /is missing/],
    ['', /is empty/],
    [' \u00a0', /is empty/],
  ];
  for (const [value, problem] of wrong) {
    test(`${Object.prototype.toString.call(value)} ${String(value)} is none`, () => {
      assert.throws(() => read(value), problem);
    });
  }
});

describe('a label of the task', () => {
  const composed = 'r\u00e9gion';
  const apart = 'r\u0065\u0301gion';

  test('is found in either Unicode form and past blanks around it, and given as the task spells it', () => {
    for (const task of [composed, apart]) {
      const known = knownLabels([task, 'other']);
      for (const spelling of [composed, apart, ` ${apart}`, `${composed}\t`])
        assert.equal(read(spelling, known), task);
    }
    assert.equal(read(apart), composed); // undeclared ones are all of one form
  });

  test('is itself first, where two of the task have one form', () => {
    const known = knownLabels([apart, composed]);
    assert.deepEqual([read(apart, known), read(composed, known)], [apart, composed]);
  });

  test('is suggested where it differs in capitals or as 1.0 does from 1', () => {
    assert.throws(() => read('Good', knownLabels(['good', 'bad'])), /is not one of .*; is "good" meant\?/);
    assert.throws(() => read('1.0', knownLabels(['0', '1'])), /is "1" meant\?/);
    assert.throws(() => read('meh', knownLabels(['good', 'bad'])), /"good", "bad"$/);
  });
});
