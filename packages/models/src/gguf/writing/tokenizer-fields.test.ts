// What of a tokenizer GGUF can say, and what is refused by name. Whole files are write-model.test.ts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fixturesFolder } from '../../testing-references.ts';
import { type TokenizerSource, tokenizerFields } from './tokenizer-fields.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

const bytes: TokenizerJson = {
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] },
  added_tokens: [
    { id: 3, content: '<end>', special: true },
    { id: 4, content: '<tag>', special: false },
    { id: 9, content: '<image>', special: true },
  ],
};
const space = '\u2581';
const pieces: TokenizerJson = {
  normalizer: { type: 'Replace', pattern: { String: ' ' }, content: space },
  pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious' },
  model: {
    ...{ type: 'BPE', byte_fallback: true, unk_token: '<unk>' },
    vocab: { '<unk>': 0, '<0x0A>': 1, a: 2, b: 3, ab: 4, [space]: 5, [`${space}ab`]: 6 },
    merges: [
      ['a', 'b'],
      [space, 'ab'],
    ],
  },
};
const source = (tokenizer: TokenizerJson, change: Partial<TokenizerSource> = {}): TokenizerSource => ({
  ...{ tokenizer, special: {}, around: { before: [], after: [] }, endIds: [], templates: {} },
  ...change,
});
const fields = (tokenizer: TokenizerJson, change: Partial<TokenizerSource> = {}, rows = 7) => {
  const made = tokenizerFields(source(tokenizer, change), rows);
  return (key: string) => made[`tokenizer.ggml.${key}`]?.[1];
};

describe('said', () => {
  test('tokens with their types, rows without one filled up, tokens past the rows left out', () => {
    const of = fields(bytes);
    assert.deepEqual(of('tokens'), ['a', 'b', 'ab', '<end>', '<tag>', '[PAD5]', '[PAD6]']);
    assert.deepEqual(of('token_type'), [1, 1, 1, 3, 4, 5, 5]);
    assert.deepEqual([of('model'), of('pre'), of('merges')], ['gpt2', 'gpt-2', ['a b']]);
  });

  test('pieces with scores in the order of their merges', () => {
    const of = fields(pieces);
    assert.deepEqual(of('token_type'), [2, 6, 1, 1, 1, 1, 1]);
    assert.deepEqual([of('model'), of('add_space_prefix')], ['llama', false]);
    assert.deepEqual((of('scores') as number[]).slice(3), [-1e9, -0, -1e9, -1]);
    const metaspace = { type: 'Metaspace', replacement: space, prepend_scheme: 'first', split: false };
    assert.equal(fields({ ...pieces, normalizer: null, pre_tokenizer: metaspace })('add_space_prefix'), true);
  });

  test('special tokens by their roles, what is put around a text, what ends one, templates by name', () => {
    const of = fields(bytes, {
      special: { bos_token: 'b', pad_token: '<tag>', unk_token: 'nowhere' },
      ...{ around: { before: [0], after: [] }, endIds: [3, 4] },
    });
    const ids = ['bos', 'padding', 'unknown', 'eos', 'eot', 'eom'].map((role) => of(`${role}_token_id`));
    assert.deepEqual(ids, [0, 4, undefined, 3, 4, undefined]);
    assert.deepEqual([of('add_bos_token'), of('add_eos_token')], [true, false]);
    const templates = tokenizerFields(source(bytes, { templates: { default: 'a', tool_use: 'b' } }), 7);
    assert.deepEqual(
      ['chat_template', 'chat_templates', 'chat_template.tool_use'].map(
        (key) => templates[`tokenizer.${key}`]?.[1],
      ),
      ['a', ['tool_use'], 'b'],
    );
  });
});

describe('refused', () => {
  test('another kind, by its name', async () => {
    const wordpiece = JSON.parse(await readFile(`${fixturesFolder}tiny-llama/tokenizer.json`, 'utf8'));
    assert.throws(() => fields(wordpiece), /of kind WordPiece; only BPE/);
  });

  test('a way of splitting without a name, and a normaliser', () => {
    const split = { type: 'ByteLevel', add_prefix_space: true };
    assert.throws(
      () => fields({ ...bytes, pre_tokenizer: split }),
      /splits texts in a way.*known are gpt-2, smollm/,
    );
    assert.throws(() => fields({ ...bytes, normalizer: { type: 'NFC' } }), /splits texts in a way/);
    const strip = { type: 'Strip', strip_left: true };
    assert.throws(() => fields({ ...pieces, normalizer: strip }), /changes texts by a step "Strip"/);
  });

  test('merges that scores cannot say: out of turn, missing, or of what is no piece', () => {
    const merged = (merges: [string, string][]) => ({ ...pieces, model: { ...pieces.model, merges } });
    const refuse = (merges: [string, string][]) =>
      assert.throws(() => fields(merged(merges)), /merges don't follow from its pieces/);
    refuse([['a', 'b']]);
    refuse([
      ['a', 'b'],
      [space, 'ab'],
      ['b', 'a'],
    ]);
  });

  test('several tokens around a text', () => {
    assert.throws(
      () => fields(bytes, { around: { before: [0, 1], after: [] } }),
      /several tokens around a text/,
    );
  });
});
