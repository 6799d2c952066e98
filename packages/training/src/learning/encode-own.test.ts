// Examples that hold nothing to learn or to judge by: they are left out with their place, change nothing, and no figure
// is made of them.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { describeSetAside } from '../data/describe-set-aside.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { quietResources, recipe } from '../testing/testing-models.ts';
import { initialShared } from './initial-checkpoint.ts';
import { type LearnerOptions, openLearner } from './learner.ts';

const bert = `${fixturesFolder}tiny-bert`;
const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
after(() => engine.dispose());

const tagged = { tokens: ['the', 'cat', 'sat'], tags: ['O', 'B-WHO', 'O'] };
/** Words that the tokenizer has no token for. */
const nothing = { tokens: ['\u200b', '\u200b'], tags: ['O', 'B-WHO'] };

async function openTagger(change: Partial<LearnerOptions>) {
  const settings = await recipe(
    {
      task: { kind: 'token-classification', labels: ['O', 'B-WHO', 'B-NONE'], headScale: 1 },
      adapter: { targets: ['all-linear'] },
      training: { batchSize: 2, personalSteps: 1, sharedSteps: 2 },
    },
    bert,
  );
  const options = { baseModel: bert, settings, examples: [tagged, tagged, tagged], seed: 1, ...change };
  return { learner: await openLearner(resources, options), shared: await initialShared(bert, settings, 0) };
}

describe('words without tokens', () => {
  test('are left out of training: the contribution has the bytes of one without them, and their number', async () => {
    const plain = await openTagger({});
    const mixed = await openTagger({ examples: [nothing, tagged, tagged, nothing, tagged] });
    assert.deepEqual(mixed.learner.summary.nothingToLearn, [0, 3]);
    assert.deepEqual(plain.learner.summary.nothingToLearn, []);
    const [one, other] = [
      await plain.learner.trainRound({ shared: plain.shared, round: 1 }),
      await mixed.learner.trainRound({ shared: mixed.shared, round: 1 }),
    ];
    assert.equal(other.examples, 3);
    assert.deepEqual(encode(other.contribution), encode(one.contribution));
  });

  test('are left out of figures', async () => {
    const plain = await openTagger({ heldOut: [tagged] });
    const mixed = await openTagger({ heldOut: [nothing, tagged] });
    assert.deepEqual([mixed.learner.summary.heldOut, mixed.learner.summary.nothingToJudge], [1, [0]]);
    assert.deepEqual(
      await mixed.learner.evaluate({ shared: mixed.shared }),
      await plain.learner.evaluate({ shared: plain.shared }),
    );
  });

  test('make no figures where there is nothing else, and no learner either', async () => {
    const { learner, shared } = await openTagger({ heldOut: [nothing] });
    assert.equal(learner.summary.heldOut, 0);
    await assert.rejects(learner.evaluate({ shared }), {
      code: 'no-examples',
      message: /none of the 1 held-out examples holds anything to judge by within \d+ tokens/,
    });
    await assert.rejects(openTagger({ examples: [nothing, nothing] }), {
      code: 'no-examples',
      message: /none of the 2 examples holds anything to learn within \d+ tokens/,
    });
  });

  test('make no validation', async () => {
    const settings = await recipe(
      {
        task: { kind: 'token-classification', labels: ['O', 'B-WHO'] },
        adapter: { targets: ['all-linear'] },
        training: { batchSize: 2, validation: 0.5 },
      },
      bert,
    );
    const examples = [nothing, nothing, nothing, tagged];
    for (const seed of [1, 2, 3, 4]) {
      // whichever are drawn, a loss is a number or there is none
      const opened = openTagger({ settings, examples, seed });
      const { learner, shared } = await opened.catch((error: Error & { code: string }) => {
        assert.equal(error.code, 'no-examples');
        return { learner: null, shared: null };
      });
      if (learner === null) continue;
      const { validation, sharedLoss } = await learner.trainRound({ shared, round: 1 });
      assert.equal(validation, null);
      assert.ok(Number.isFinite(sharedLoss));
    }
  });
});

test('a tag that the learner has not counts as wrong, and without any other the loss is left out', async () => {
  const unknown = { tokens: ['the', 'cat'], tags: ['B-NONE', 'B-NONE'] };
  const { learner, shared } = await openTagger({ heldOut: [unknown] });
  assert.deepEqual(await learner.evaluate({ shared }), { accuracy: 0, examples: 1 });
});

test('texts of one token hold nothing for a language model, and count for nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'colora-bare-llama-'));
  try {
    await cp(`${fixturesFolder}tiny-llama`, folder, { recursive: true });
    const change = async (name: string, values: object) => {
      const path = join(folder, name);
      await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...values }));
    };
    await change('tokenizer.json', { post_processor: null });
    await change('config.json', { eos_token_id: null });
    const task = { kind: 'causal-lm' } as const;
    const settings = await recipe({ task, adapter: { targets: ['all-linear'] } }, folder);
    const open = (examples: LearnerOptions['examples'], heldOut: LearnerOptions['examples']) =>
      openLearner(resources, { baseModel: folder, settings, examples, heldOut, seed: 1 });
    const learner = await open(
      [{ text: 'a' }, { text: 'the cat sat' }],
      [{ text: 'the dog' }, { text: 'a' }],
    );
    assert.deepEqual(
      [learner.summary.examples, learner.summary.nothingToLearn, learner.summary.nothingToJudge],
      [1, [0], [1]],
    );
    const shared = await initialShared(folder, settings, 0);
    const { exactMatch, examples } = await learner.evaluate({ shared });
    assert.deepEqual([exactMatch, examples], [0, 1]); // nothing is not exactly right
    await assert.rejects(open([{ text: 'a' }], []), { code: 'no-examples' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what is left out is told in one line, with places where there are any', () => {
  const examples = Array.from({ length: 9 }, () => ({ ...tagged }));
  const places = new Map(examples.map((one, index) => [one, { file: 'mine.csv', line: index + 2 }]));
  const told = { examples, tokenLimit: 24, use: 'learn' } as const;
  assert.equal(describeSetAside({ ...told, indices: [] }), null);
  assert.equal(
    describeSetAside({ ...told, indices: [0, 4], places }),
    '2 of 9 examples hold nothing to learn within 24 tokens and are left out: mine.csv:2, mine.csv:6',
  );
  assert.match(
    describeSetAside({ ...told, indices: [0, 1, 2, 3, 4, 5, 8] })!,
    /^7 of 9 examples .*: example 1, example 2, example 3, example 4, example 5, and 2 more$/,
  );
});
