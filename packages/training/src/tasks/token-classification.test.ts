// Labels of words: spans as CoNLL counts them, words and their first tokens, and a learner on a real encoder.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import type { TensorMap } from '@colora/tensors/tensor';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { openLearner } from '../learning/learner.ts';
import { quietResources, recipe, useLiteFolder } from '../testing/testing-models.ts';
import { openTokenizer } from '../text/tokenizer.ts';
import { encodeExamples } from './encode-examples.ts';
import { spanF1 } from './spans.ts';
import { splitWords } from './token-classification.ts';

const folder = `${fixturesFolder}tiny-bert`;
const engine = onnxEngine({ device: 'cpu', threads: 1 });
after(() => engine.dispose());

describe('spans', () => {
  const f1 = (right: string, given: string) => spanF1([right.split(' ')], [given.split(' ')]);

  test('are right with both ends and the name', () => {
    assert.equal(f1('B-A I-A O B-B', 'B-A I-A O B-B'), 1);
    assert.equal(f1('B-A I-A O B-B', 'B-A O O B-B'), 1 / 2);
    assert.equal(f1('B-A I-A O', 'B-B I-B O'), 0);
    assert.equal(f1('B-A O O O', 'B-A O B-A B-A'), 2 / 4);
  });

  test('begin at B, and at an I that goes on with nothing or with another name', () => {
    assert.equal(f1('B-A B-A', 'B-A I-A'), 0);
    assert.equal(f1('I-A I-A I-B', 'B-A I-A B-B'), 1);
  });

  test('there are none where tags name none', () => {
    assert.equal(f1('O noun', 'O verb'), null);
  });
});

test('a plain text is words and single signs', () => {
  assert.deepEqual(splitWords('Jörg’s e-mail, 3.5 kg!'), [
    ...['Jörg', '’', 's', 'e', '-', 'mail', ',', '3', '.', '5', 'kg', '!'],
  ]);
});

describe('encoded words', () => {
  const encode = async (tokens: string[], maxTokens: number) => {
    const encoder = await openTokenizer(await openBaseModel(folder));
    const task = { kind: 'token-classification' as const, head: 'by-label' as const, headScale: 1 };
    const labels = ['O', 'B-X'];
    const tags = tokens.map((_, index) => (index === 1 ? 'B-X' : index === 2 ? 'other' : 'O'));
    const options = { task: { ...task, labels, maxTokens }, maxTokens, labels };
    return { encoder, example: (await encodeExamples([{ tokens, tags }], encoder, options))[0]! };
  };

  test('are the tokens of the whole text; each word is looked at where it begins', async () => {
    const words = ['the', 'cats', 'sat', 'on', 'a', 'mat'];
    const { encoder, example } = await encode(words, 40);
    assert.deepEqual(example.ids, (await encoder.encodeText(words.join(' '), 40)).ids);
    const alone = await Promise.all(words.map((word) => encoder.encodeText(word, 40)));
    const lengths = alone.map(({ ids }) => ids.length - 2);
    assert.ok(
      lengths.some((length) => length > 1),
      'some word has several tokens',
    );
    const begins = lengths.map((_, index) => lengths.slice(0, index).reduce((sum, n) => sum + n, 1));
    assert.deepEqual(example.targets, { positions: begins, values: [0, 1, -1, 0, 0, 0] });
  });

  test('lose their end past the limit, never the special tokens', async () => {
    const words = ['the', 'cat', 'sat', 'on', 'a', 'mat'];
    const whole = (await encode(words, 40)).example;
    const cut = (await encode(words, 5)).example;
    assert.deepEqual(cut.ids, [...whole.ids.slice(0, 4), whole.ids.at(-1)]);
    assert.deepEqual(
      cut.targets.positions,
      whole.targets.positions.filter((position) => position < 4),
    );
    assert.equal(cut.truncated, true);
  });
});

describe('a learner', () => {
  const tagged = (subject: string, verb: string) => ({
    tokens: ['the', subject, verb, 'on', 'a', 'mat'],
    tags: ['O', 'B-WHO', 'B-DOES', 'O', 'O', 'B-WHO'],
  });
  const task = {
    kind: 'token-classification',
    labels: ['O', 'B-WHO', 'B-DOES', 'B-NONE'],
    headScale: 1,
  } as const;

  test('learns to tag words, rows of its own tags only, and evaluates words and spans', async () => {
    const settings = await recipe(
      {
        task: { ...task, labels: [...task.labels] },
        adapter: { targets: ['all-linear'] }, // the pooler among them, which no token's state passes
        training: { batchSize: 4, sharedSteps: 12, sharedRate: 1e-2, headRate: 5e-2 },
      },
      folder,
    );
    const shared = await initialShared(folder, settings, 0);
    assert.ok(![...shared.keys()].some((name) => name.includes('pooler')));
    const examples = [tagged('cat', 'sat'), tagged('dog', 'ran'), tagged('cat', 'ran')];
    const heldOut = [tagged('dog', 'sat')];
    const learner = await openLearner(quietResources(engine), {
      baseModel: folder,
      settings,
      examples,
      heldOut,
      seed: 1,
    });
    assert.deepEqual(learner.summary.labels, ['O', 'B-WHO', 'B-DOES']);
    const before = await learner.evaluate({ shared });
    assert.ok(Math.abs(before.loss! - Math.log(3)) < 1e-5, `${before.loss}`); // the head is zero
    let checkpoint: TensorMap = shared;
    for (let round = 1; round <= 5; round += 1) {
      const { contribution } = await learner.trainRound({ shared: checkpoint, round });
      assert.ok(contribution.has('head/B-WHO') && !contribution.has('head/B-NONE'));
      checkpoint = new Map(
        [...checkpoint].map(([name, tensor]) => {
          const step = contribution.get(name);
          return [
            name,
            step === undefined ? tensor : { ...tensor, data: tensor.data.map((x, i) => x - step.data[i]!) },
          ];
        }),
      );
    }
    const { accuracy, spanF1: f1, examples: count } = await learner.evaluate({ shared: checkpoint });
    assert.deepEqual([accuracy, f1, count], [1, 1, 1]);
    const [text] = await learner.predict({ shared: checkpoint, texts: ['the dog sat on a mat'] });
    assert.ok(text !== undefined && 'words' in text);
    assert.deepEqual(
      text.words.map(({ tag }) => tag),
      tagged('dog', 'sat').tags,
    );
  });

  test('a base model without states, and examples of another kind, are refused', async () => {
    const settings = await recipe({ task: { ...task, labels: [...task.labels] } });
    const options = { settings, examples: [tagged('cat', 'sat')], seed: 1 };
    await assert.rejects(
      openLearner(quietResources(engine), { ...options, baseModel: await useLiteFolder() }),
      { code: 'wrong-task', message: /gives no vector for each token/ },
    );
    const bert = await recipe(
      { task: { ...task, labels: [...task.labels] }, adapter: { targets: [] } },
      folder,
    );
    await assert.rejects(
      openLearner(quietResources(engine), {
        ...options,
        baseModel: folder,
        settings: bert,
        examples: [{ text: 'a' }],
        labels: ['O'],
      }),
      /example 1 is of another kind: this task needs tokens and their tags/,
    );
  });
});
