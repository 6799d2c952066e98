// Tokens of chats as they are when a chat is held: what an answer begins with is what follows the prompt that asked for it,
// the mark that ends a turn ends what is written, and what a text brings of special tokens stands once.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import { openTokenizer, type TextEncoder } from './tokenizer.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-chat-tokens-'));
  await cp(`${fixturesFolder}stories260k`, folder, { recursive: true });
});
after(() => rm(folder, { recursive: true }));

const chatMl = `{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;

/** Byte-level, with one merge: of two line breaks, as every large vocabulary has. */
const lineBreaks = () => {
  const bytes = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.?!', 'Ċ', 'Ġ', 'ĊĊ'];
  const special = ['<|im_start|>', '<|im_end|>', '<|endoftext|>'];
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    ...{ truncation: null, padding: null, normalizer: null, post_processor: null },
    added_tokens: special.map((content, index) => ({ id: bytes.length + index, content, ...flags })),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(bytes.map((byte, id) => [byte, id])),
      merges: [['Ċ', 'Ċ']],
    },
  };
};

async function open(tokenizer: object | null, config: object): Promise<TextEncoder> {
  const own = await readFile(`${fixturesFolder}stories260k/tokenizer.json`, 'utf8');
  await writeFile(join(folder, 'tokenizer.json'), tokenizer === null ? own : JSON.stringify(tokenizer));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  return openTokenizer(await openBaseModel(folder));
}

test('an answer begins with the tokens that follow the prompt that asks for it, whatever they would merge to', async () => {
  const encoder = await open(lineBreaks(), { chat_template: chatMl });
  const chat = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: '\nOne' },
    { role: 'user', content: 'And' },
    { role: 'assistant', content: '\n\nTwo' },
  ];
  const [encoded] = await encoder.encodeChat({ messages: chat }, 512);
  for (const [turn, { from, to }] of encoded!.learnt.entries()) {
    const prompt = await encoder.encodeTurn(chat.slice(0, 2 * turn + 1));
    assert.deepEqual(encoded!.ids.slice(0, from).slice(-3), prompt.slice(-3), 'the prompt ends as it stands');
    const text = await encoder.decode(encoded!.ids.slice(from, to));
    assert.equal(text, `${chat[2 * turn + 1]!.content}\n`);
  }
  assert.deepEqual(
    encoded!.ids.slice(0, encoded!.learnt[0]!.from),
    await encoder.encodeTurn(chat.slice(0, 1)),
  );
  assert.equal(
    await encoder.decode(encoded!.ids),
    chat.map(({ role, content }) => `${role}\n${content}\n`).join(''),
  );
});

test('the mark with which the template ends a turn ends what is written, named as such or not', async () => {
  const named = { eos_token: '<|endoftext|>' };
  const tokenizer = lineBreaks();
  const [, end, text] = tokenizer.added_tokens.map(({ id }) => id);
  const withTurns = await open(tokenizer, { ...named, chat_template: chatMl });
  assert.ok(withTurns.endIds.includes(end!) && withTurns.endIds.includes(text!), String(withTurns.endIds));
  const without = await open(tokenizer, named);
  assert.ok(!without.endIds.includes(end!));
  const plain = await open(tokenizer, {
    ...named,
    chat_template: `{% for message in messages %}{{ message.role + '!' + message.content + '\\n' }}{% endfor %}`,
  });
  assert.deepEqual(plain.endIds, without.endIds);
  const picky = await open(tokenizer, { ...named, chat_template: `{{ raise_exception('never') }}` });
  assert.deepEqual(picky.endIds, without.endIds);
});

test('special tokens that a text brings itself are not put around it a second time', async () => {
  const encoder = await open(null, { bos_token: '<s>', eos_token: '</s>' });
  const [document] = await encoder.encodeDocument('Once upon a time', 128);
  for (const text of ['<s>Once upon a time', 'Once upon a time</s>', '<s>Once upon a time</s>']) {
    const [brought] = await encoder.encodeDocument(text, 128);
    assert.deepEqual(brought, document, text);
  }
  const whole = await encoder.encodeCompletion('Once upon', ' a time', 128);
  assert.deepEqual(await encoder.encodeCompletion('<s>Once upon', ' a time</s>', 128), whole);
  assert.deepEqual(await encoder.encodePrompt('<s>Once upon'), await encoder.encodePrompt('Once upon'));
  assert.deepEqual(await encoder.encodeText('<s>Once upon', 64), await encoder.encodeText('Once upon', 64));
  const twice = await encoder.encodePrompt('<s><s>Once');
  assert.deepEqual(twice.slice(0, 3), [1, 1, ...(await encoder.encodePrompt('Once')).slice(1, 2)]);
});
