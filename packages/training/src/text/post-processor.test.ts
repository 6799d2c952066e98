// A tokenizer.json whose template would end the process in the native library is refused in words before it gets there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertTemplates } from './post-processor.ts';

const described = { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] } };
const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const whole = { Sequence: { id: 'A', type_id: 0 } };
const file = (post_processor: unknown) => JSON.stringify({ model: {}, post_processor });
const template = (single: unknown, pair: unknown = [], special_tokens: unknown = described) => ({
  type: 'TemplateProcessing',
  single,
  pair,
  special_tokens,
});

test('a special token that the template doesn’t describe', () => {
  for (const wrong of [
    template([token('[SEP]'), whole]),
    template([whole], [token('[SEP]')]),
    template([token('[CLS]'), whole], [], {}),
    template([token('constructor')]),
    template([token('[CLS]')], [], null),
    template('[CLS] $A:0 [SEP]:1'),
    { type: 'Sequence', processors: [{ type: 'ByteLevel' }, template([token('[SEP]')])] },
  ])
    assert.throws(
      () => assertTemplates('tokenizer.json', file(wrong)),
      { name: 'ModelError', code: 'bad-tokenizer', message: /^tokenizer.json puts "[^"]+" around texts/ },
      file(wrong),
    );
});

test('what is whole, or the library’s to refuse, passes', () => {
  for (const right of [
    template([token('[CLS]'), whole], [whole, token('[CLS]')]),
    template('[CLS]:0 $A $B:1'),
    template(3, null),
    { type: 'Sequence', processors: [{ type: 'ByteLevel' }, template([whole])] },
    null,
    undefined,
    7,
  ])
    assertTemplates('tokenizer.json', file(right));
  for (const text of ['', '{', 'null', '[]']) assertTemplates('tokenizer.json', text);
});
