// Chats: found templates, and that exactly the assistant's turns are learnt, whatever a template does to them.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import { type ChatTemplate, openChatTemplate } from './chat-template.ts';
import { renderChat } from './chat-turns.ts';
import { openTokenizer } from './tokenizer.ts';

const chatMl = `{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;
const instructions = `{{ bos_token }}{% for message in messages %}
{% if message.role == 'user' %}{{ '[INST] ' + message.content + ' [/INST]' }}
{% elif message.role == 'assistant' %}{% generation %}{{ ' ' + message.content | trim + eos_token }}{% endgeneration %}
{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}
{% endfor %}`;
// as Qwen3 and DeepSeek do: reasoning is dropped from all turns but the last
const reasoning = `{% for message in messages %}
{% set text = message.content if loop.last else message.content.split('</think>')[-1] %}
{{- '<' + message.role + '>' + text + '<end>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<assistant>' }}{% endif %}`;

const chat = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello.' },
  { role: 'user', content: 'How old are you?' },
  { role: 'assistant', content: 'Old.' },
];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-chat-'));
  await cp(`${fixturesFolder}stories260k`, folder, { recursive: true });
});
after(() => rm(folder, { recursive: true }));

async function withTemplate(chat_template: unknown): Promise<void> {
  const config = { bos_token: '<s>', eos_token: { content: '</s>' }, chat_template };
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
}

async function open(chat_template: unknown): Promise<ChatTemplate> {
  await withTemplate(chat_template);
  return (await openChatTemplate(folder))!;
}

const answersOf = ({ text, answers }: ReturnType<typeof renderChat>[number]) =>
  answers.map(({ from, to }) => text.slice(from, to));

describe('a chat template', () => {
  test('comes from tokenizer_config.json, from the default of several, or from its own file', async () => {
    const expected = '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n';
    assert.equal((await open(chatMl)).render(chat.slice(0, 1), true), expected);
    const named = [
      { name: 'tool_use', template: 'x' },
      { name: 'default', template: chatMl },
    ];
    assert.equal((await open(named)).render(chat.slice(0, 1), true), expected);
    await withTemplate(undefined);
    assert.equal(await openChatTemplate(folder), null);
    await writeFile(join(folder, 'chat_template.jinja'), chatMl);
    assert.equal((await openChatTemplate(folder))!.render(chat.slice(0, 1), true), expected);
    await rm(join(folder, 'chat_template.jinja'));
  });

  test('that cannot be parsed, or refuses a role, says so; a message is never told', async () => {
    await assert.rejects(open('{% for %}'), /chat template of .* cannot be parsed/);
    const template = await open(instructions);
    assert.throws(() => template.render([{ role: 'system', content: 'secret' }], false), {
      code: 'wrong-task',
      message: /refuses these messages: Only user and assistant roles/,
    });
    const telling = await open(`{{ raise_exception('I do not like ' + messages[0].content) }}`);
    assert.throws(
      () => telling.render([{ role: 'user', content: 'secret' }], false),
      (error: Error) => !error.message.includes('secret'),
    );
  });
});

describe('the answers of a chat', () => {
  test('are the assistant’s turns with the mark that ends them', async () => {
    const [only, ...more] = renderChat(await open(chatMl), chat);
    assert.deepEqual(more, []);
    assert.deepEqual(answersOf(only!), ['Hello.<|im_end|>\n', 'Old.<|im_end|>\n']);
    const [instructed] = renderChat(await open(instructions), chat);
    assert.deepEqual(answersOf(instructed!), [' Hello.</s>', ' Old.</s>']);
    assert.equal(
      instructed!.text.replaceAll('\n', ''),
      '<s>[INST] Hi [/INST] Hello.</s>[INST] How old are you? [/INST] Old.</s>',
    );
  });

  test('come one a text where the template writes earlier turns otherwise', async () => {
    const thought = chat.map(({ role, content }) =>
      role === 'assistant' ? { role, content: `<think>hm</think>${content}` } : { role, content },
    );
    const turns = renderChat(await open(reasoning), thought);
    assert.deepEqual(turns.map(answersOf), [
      ['<think>hm</think>Hello.<end>'],
      ['<think>hm</think>Old.<end>'],
    ]);
    assert.ok(turns[1]!.text.includes('<assistant>Hello.<end>'));
  });
});

describe('as tokens', () => {
  const encode = async (template: unknown, limit: number) => {
    await withTemplate(template);
    const encoder = await openTokenizer(await openBaseModel(folder));
    return encoder.encodeChat(chat, limit);
  };

  test('all of them are the tokens of the whole text, and the learnt ones those of the answers', async () => {
    const [encoded] = await encode(chatMl, 512);
    const encoder = await openTokenizer(await openBaseModel(folder));
    const { text, answers } = renderChat((await openChatTemplate(folder))!, chat)[0]!;
    const plain = (part: string) => encoder.encodeCompletion('', part, 512).ids.slice(0, -1); // before the end of text
    assert.deepEqual(encoded!.ids, plain(text));
    assert.equal(encoded!.truncated, false);
    assert.equal(encoded!.learnt.length, 2);
    for (const [index, { from, to }] of encoded!.learnt.entries()) {
      const before = plain(text.slice(0, answers[index]!.from));
      assert.equal(from, before.length);
      assert.deepEqual(encoded!.ids.slice(0, to), plain(text.slice(0, answers[index]!.to)));
    }
  });

  test('too many lose their start, and only then the end of the last answer', async () => {
    const [whole] = await encode(chatMl, 512);
    const last = whole!.learnt[1]!;
    const limit = last.to - last.from + 5;
    const [shorter] = await encode(chatMl, limit);
    assert.deepEqual(shorter!.ids, whole!.ids.slice(-limit));
    assert.deepEqual(shorter!.learnt, [{ from: 5, to: limit }]);
    assert.equal(shorter!.truncated, true);
    const [least] = await encode(chatMl, 4);
    assert.deepEqual(least!.ids, whole!.ids.slice(last.from - 1, last.from + 3));
    assert.deepEqual(least!.learnt, [{ from: 1, to: 4 }]);
  });

  test('a chat in which the assistant says nothing is refused', async () => {
    await withTemplate(chatMl);
    const encoder = await openTokenizer(await openBaseModel(folder));
    assert.throws(() => encoder.encodeChat([{ role: 'user', content: 'Hi' }], 64), {
      code: 'wrong-task',
      message: /no message has the role "assistant"/,
    });
  });

  test('a base model without a template says what to do', async () => {
    await assert.rejects(encode(undefined, 64), {
      code: 'wrong-task',
      message: /has no chat template .*instruct model, or write the examples as prompt and completion/,
    });
  });
});
