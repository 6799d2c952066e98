// Cutting texts to a limit: special tokens stay, prompts lose their start first, targets are where they belong.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import { causalLmProgram } from '../tasks/causal-lm-program.ts';
import { openTokenizer } from './tokenizer.ts';

async function open(name: 'tiny-bert' | 'stories260k') {
  return openTokenizer(await openBaseModel(`${fixturesFolder}${name}`));
}

describe('an encoder with special tokens around a text', () => {
  test('keeps both of them when a text is cut', async () => {
    const encoder = await open('tiny-bert');
    const whole = await encoder.encodeText('the cat sat on the mat and then it went away', 64);
    assert.equal(whole.truncated, false);
    const cut = await encoder.encodeText('the cat sat on the mat and then it went away', 6);
    assert.equal(cut.truncated, true);
    assert.equal(cut.ids.length, 6);
    assert.deepEqual(cut.ids.slice(0, 5), whole.ids.slice(0, 5));
    assert.equal(cut.ids.at(-1), whole.ids.at(-1));
  });
});

describe('a language model', () => {
  const prompt = 'Once upon a time there was a little';
  const completion = ' girl.';

  test('targets the completion and the end of text', async () => {
    const encoder = await open('stories260k');
    const { ids, learnt, truncated } = await encoder.encodeCompletion(prompt, completion, 128);
    const targetsFrom = learnt[0]!.from;
    assert.deepEqual(learnt, [{ from: targetsFrom, to: ids.length }]);
    const bare = await encoder.encodeCompletion(prompt, '', 128);
    assert.equal(truncated, false);
    assert.equal(targetsFrom, bare.ids.length - 1); // the bare one ends in the end of text
    assert.equal(ids.at(-1), 2);
    assert.equal(ids[0], 1);
    assert.deepEqual(ids.slice(0, targetsFrom), bare.ids.slice(0, targetsFrom));
  });

  test('cuts the start of the prompt first, then the end of the completion', async () => {
    const encoder = await open('stories260k');
    const whole = await encoder.encodeCompletion(prompt, completion, 128);
    const { from, to } = whole.learnt[0]!;
    const targets = to - from;
    const shorter = await encoder.encodeCompletion(prompt, completion, targets + 3);
    assert.deepEqual(shorter.ids, [1, ...whole.ids.slice(-(targets + 2))]);
    assert.deepEqual(shorter.learnt, [{ from: 3, to: targets + 3 }]);
    assert.equal(shorter.truncated, true);
    const least = await encoder.encodeCompletion(prompt, completion, 3);
    assert.deepEqual(least.ids, [1, ...whole.ids.slice(from, from + 2)]);
  });

  test('of a plain text every token but the first is learnt, once, however many pieces it makes', async () => {
    const encoder = await open('stories260k');
    const [piece, ...more] = await encoder.encodeDocument('Once upon a time', 128);
    assert.deepEqual(more, []);
    assert.deepEqual(piece!.learnt, [{ from: 1, to: piece!.ids.length }]);
    assert.deepEqual([piece!.ids[0], piece!.ids.at(-1)], [1, 2]);
    for (const limit of [4, piece!.ids.length - 1]) {
      const pieces = await encoder.encodeDocument('Once upon a time', limit);
      assert.ok(pieces.length > 1 && pieces.every(({ ids }) => ids.length <= limit && ids.length > 1));
      const learnt = pieces.flatMap(({ ids, learnt: [span] }) => ids.slice(span!.from, span!.to));
      assert.deepEqual([1, ...learnt], piece!.ids);
      assert.ok(pieces.slice(1).every(({ ids }, index) => ids[0] === pieces[index]!.ids.at(-1)));
    }
  });

  test('targets are the tokens after the rows, place by place, and weigh one in all', () => {
    const ids = [5, 6, 7];
    const one = {
      key: '',
      ids,
      padTo: 4,
      label: -1,
      targets: { positions: [1], values: [7] },
      truncated: false,
    };
    const two = { ...one, targets: { positions: [0, 1], values: [6, 7] } };
    const shape = { size: 3, tokens: 4, targets: 2, mean: true };
    const { rows, targets, weights } = causalLmProgram.targets([one, two], shape, 0);
    assert.deepEqual([...rows!], [1, 0, 4, 5, 0, 0]);
    assert.deepEqual([...targets!], [7, 0, 6, 7, 0, 0]);
    assert.deepEqual(
      [...weights!].map((weight) => Math.round(weight * 3)),
      [1, 0, 1, 1, 0, 0],
    );
  });
});
