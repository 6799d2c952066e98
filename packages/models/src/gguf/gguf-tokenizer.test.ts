// What of a GGUF file's tokenizer goes into the converted folder: every token that ends a turn, tokens around texts,
// templates; and what is refused by name. Metadata only; whole files are convert-gguf.test.ts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ggufTokenizer } from './gguf-tokenizer.ts';
import { assertKnownMetadata } from './known-metadata.ts';

const [normal, control] = [1, 3];
const tokens = ['<s>', '</s>', '<|eot_id|>', '<|eom_id|>', 'a', 'b', '<|im_end|>', '<end_of_turn>'];
const base = {
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': 'gpt-2',
  'tokenizer.ggml.tokens': tokens,
  'tokenizer.ggml.token_type': [control, control, normal, normal, normal, normal, normal, normal],
  'tokenizer.ggml.merges': ['a b'],
  'tokenizer.ggml.bos_token_id': 0,
  'tokenizer.ggml.eos_token_id': 1,
};
const made = (change: object) => ggufTokenizer({ ...base, ...change });
const pieces = {
  ...{ 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.pre': 'default' },
  'tokenizer.ggml.scores': tokens.map((_, i) => -i),
};

describe('ends', () => {
  test('of a text, a turn and a message, as the metadata name them', () => {
    assert.deepEqual(made({}).endIds, [1]);
    const named = { 'tokenizer.ggml.eot_token_id': 2, 'tokenizer.ggml.eom_token_id': 3 };
    assert.deepEqual(made(named).endIds, [1, 2, 3]);
    assert.deepEqual(made({ 'tokenizer.ggml.eot_token_id': 1 }).endIds, [1]);
    assert.throws(
      () => made({ 'tokenizer.ggml.eot_token_id': 99 }),
      /"tokenizer\.ggml\.eot_token_id" is 99, past its 8/,
    );
  });

  test('and control tokens that are known to end a turn where the metadata name none', () => {
    const types = tokens.map((_, id) => (id === 6 || id === 7 ? control : normal));
    assert.deepEqual(made({ 'tokenizer.ggml.token_type': types }).endIds, [1, 6, 7]);
    assert.deepEqual(made({ 'tokenizer.ggml.eos_token_id': undefined }).endIds, []);
  });
});

test('tokens around a text are those that the metadata ask for', () => {
  const around = (change: object) => {
    const { post_processor: processor } = made(change).tokenizer as {
      post_processor: { single: object[] } | null;
    };
    return processor?.single.map((part) => Object.keys(part)[0]);
  };
  assert.deepEqual(around({}), undefined);
  assert.deepEqual(around({ 'tokenizer.ggml.add_bos_token': true }), ['SpecialToken', 'Sequence']);
  const both = { 'tokenizer.ggml.add_bos_token': true, 'tokenizer.ggml.add_eos_token': true };
  assert.deepEqual(around(both), ['SpecialToken', 'Sequence', 'SpecialToken']);
  assert.deepEqual(around({ ...pieces, 'tokenizer.ggml.add_bos_token': false }), undefined);
  assert.deepEqual(around(pieces), ['SpecialToken', 'Sequence']);
});

test('the chat template, and others beside it by their names', () => {
  const templateOf = (change: object) => (made(change).config as { chat_template?: unknown }).chat_template;
  assert.equal(templateOf({}), undefined);
  assert.equal(templateOf({ 'tokenizer.chat_template': '{{ a }}' }), '{{ a }}');
  assert.deepEqual(
    templateOf({ 'tokenizer.chat_template': '{{ a }}', 'tokenizer.chat_template.tool_use': '{{ b }}' }),
    [
      { name: 'default', template: '{{ a }}' },
      { name: 'tool_use', template: '{{ b }}' },
    ],
  );
});

test('a kind, a way of splitting or of normalising that is not known is refused by name', () => {
  assert.throws(() => made({ 'tokenizer.ggml.model': 't5' }), /kind "t5", which is not supported/);
  assert.throws(() => made({ 'tokenizer.ggml.pre': 'tekken' }), /by the rule "tekken", which is not known/);
  const spaces = { ...pieces, 'tokenizer.ggml.remove_extra_whitespaces': true };
  assert.throws(() => made(spaces), /changes texts by "tokenizer\.ggml\.remove_extra_whitespaces"/);
  made({ ...pieces, 'tokenizer.ggml.remove_extra_whitespaces': false });
});

test('metadata of the model that are not heeded are refused by key, those switched off are not', () => {
  const refused = (metadata: object, message: RegExp) =>
    assert.throws(() => assertKnownMetadata({ ...metadata }, 'llama', 64), message);
  refused(
    { 'llama.expert_count': 8 },
    /"llama\.expert_count" is 8, and what it does to a llama is not computed/,
  );
  refused({ 'llama.attn_logit_softcapping': 50 }, /attn_logit_softcapping/);
  refused({ 'llama.logit_scale': 0.1 }, /logit_scale/);
  refused({ 'llama.attention.sliding_window': 4096 }, /sliding_window/);
  refused(
    { 'llama.rope.dimension_count': 32 },
    /"llama\.rope\.dimension_count" is 32, but a head has 64 dimensions/,
  );
  refused({ 'llama.attention.value_length': 128 }, /value_length/);
  assertKnownMetadata(
    { 'llama.expert_count': 0, 'llama.rope.dimension_count': 64, 'general.x': 1 },
    'llama',
    64,
  );
});
