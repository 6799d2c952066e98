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

const asked = { messages: chat.slice(0, 1) };
const asking = { forAnswer: true, date: 'today' } as const;
const told = { forAnswer: false, date: 'today' } as const;

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
    assert.equal((await open(chatMl)).render(asked, asking), expected);
    const named = [
      { name: 'tool_use', template: 'x' },
      { name: 'default', template: chatMl },
    ];
    assert.equal((await open(named)).render(asked, asking), expected);
    await withTemplate(undefined);
    assert.equal(await openChatTemplate(folder), null);
    await writeFile(join(folder, 'chat_template.jinja'), chatMl);
    assert.equal((await openChatTemplate(folder))!.render(asked, asking), expected);
    await rm(join(folder, 'chat_template.jinja'));
  });

  test('that cannot be parsed, or refuses a role, says so; a message is never told', async () => {
    await assert.rejects(open('{% for %}'), /chat template of .* cannot be parsed/);
    const template = await open(instructions);
    assert.throws(() => template.render({ messages: [{ role: 'system', content: 'secret' }] }, told), {
      code: 'wrong-task',
      message: /refuses these messages: Only user and assistant roles/,
    });
    const telling = await open(`{{ raise_exception('I do not like ' + messages[0].content) }}`);
    assert.throws(
      () => telling.render({ messages: [{ role: 'user', content: 'secret' }] }, told),
      (error: Error) => !error.message.includes('secret'),
    );
  });
});

describe('the answers of a chat', () => {
  test('are the assistant’s turns with the mark that ends them', async () => {
    const [only, ...more] = renderChat(await open(chatMl), { messages: chat });
    assert.deepEqual(more, []);
    assert.deepEqual(answersOf(only!), ['Hello.<|im_end|>\n', 'Old.<|im_end|>\n']);
    const [instructed] = renderChat(await open(instructions), { messages: chat });
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
    const turns = renderChat(await open(reasoning), { messages: thought });
    assert.deepEqual(turns.map(answersOf), [
      ['<think>hm</think>Hello.<end>'],
      ['<think>hm</think>Old.<end>'],
    ]);
    assert.ok(turns[1]!.text.includes('<assistant>Hello.<end>'));
  });

  test('begin with a whole character, also where the prompt ends in one that begins alike', async () => {
    const faces = `{% for message in messages %}{{ message.role + '🤔' + message.content }}{% endfor %}{% if add_generation_prompt %}assistant🤖{% endif %}`;
    const [only] = renderChat(await open(faces), { messages: chat.slice(0, 2) });
    assert.deepEqual(answersOf(only!), ['🤔Hello.']);
  });
});

describe('as tokens', () => {
  const encode = async (template: unknown, limit: number) => {
    await withTemplate(template);
    const encoder = await openTokenizer(await openBaseModel(folder));
    return encoder.encodeChat({ messages: chat }, limit);
  };

  test('all of them are the tokens of the whole text, and the learnt ones those of the answers', async () => {
    const [encoded] = await encode(chatMl, 512);
    const encoder = await openTokenizer(await openBaseModel(folder));
    const { text, answers } = renderChat((await openChatTemplate(folder))!, { messages: chat })[0]!;
    // without the beginning and the end of text
    const plain = async (part: string) => (await encoder.encodeCompletion('', part, 512)).ids.slice(1, -1);
    assert.deepEqual(encoded!.ids, await plain(text));
    assert.equal(encoded!.truncated, false);
    assert.equal(encoded!.learnt.length, 2);
    for (const [index, { from, to }] of encoded!.learnt.entries()) {
      const before = await plain(text.slice(0, answers[index]!.from));
      assert.equal(from, before.length);
      assert.deepEqual(encoded!.ids.slice(0, to), await plain(text.slice(0, answers[index]!.to)));
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
    await assert.rejects(encoder.encodeChat({ messages: [{ role: 'user', content: 'Hi' }] }, 64), {
      code: 'wrong-task',
      message: /no message has the role "assistant"/,
    });
  });

  test('a template that cuts a character in two is refused', async () => {
    const start = `{% for message in messages %}{{ message.content[0] }}{% endfor %}`;
    await withTemplate(start);
    const encoder = await openTokenizer(await openBaseModel(folder));
    const messages = [...chat.slice(0, 1), { role: 'assistant', content: '🙂' }];
    await assert.rejects(encoder.encodeChat({ messages }, 64), {
      code: 'no-token',
      message: /half of a character.*the chat template cuts one in two/,
    });
  });

  test('a base model without a template says what to do', async () => {
    await assert.rejects(encode(undefined, 64), {
      code: 'wrong-task',
      message: /has no chat template .*instruct model, or write the examples as prompt and completion/,
    });
  });
});

describe('what else stands in a chat', () => {
  const training = { forAnswer: false, date: 'fixed' } as const;
  const tooling = `{% if tools %}{{ tools | tojson }}{% endif %}{% for message in messages %}
{{- '<' + message.role + '>' + (message.reasoning_content or '') + (message.content or '') }}
{%- if message.tool_calls %}{{ message.tool_calls | tojson }}{% endif %}<end>{% endfor %}`;

  test('is handed to a template that reads it', async () => {
    const template = await open(tooling);
    const messages = [
      { role: 'user', content: 'Two and two?' },
      { role: 'assistant', content: null, reasoning_content: 'Add.', tool_calls: [{ name: 'add' }] },
    ];
    const text = template.render({ messages, tools: [{ name: 'add' }] }, training);
    assert.equal(
      text.replaceAll(/\s/g, ''),
      '[{"name":"add"}]<user>Twoandtwo?<end><assistant>Add.[{"name":"add"}]<end>',
    );
  });

  test('is refused by name where the template does not read it, its value never told', async () => {
    const template = await open(chatMl);
    const answer = { role: 'assistant', content: 'Hello.' };
    for (const [field, value] of Object.entries({
      tool_calls: [{ name: 'secret' }],
      reasoning_content: 'secret',
      name: 'secret',
      weight: 0,
      thinking: 'secret',
    })) {
      assert.throws(
        () => template.render({ messages: [{ ...answer, [field]: value }] }, training),
        (error: Error) =>
          error.message.startsWith(
            `messages[0] has the field "${field}", which the base model's chat template`,
          ) && !error.message.includes('secret'),
      );
    }
    assert.throws(
      () => template.render({ messages: [answer], tools: [{}] }, training),
      /it has tools, which/,
    );
  });

  test('goes to the template for tools, where a model has one of its own', async () => {
    const template = await open([
      { name: 'default', template: chatMl },
      { name: 'tool_use', template: `{{ 'with ' + tools[0].name }}` },
    ]);
    const messages = [{ role: 'user', content: 'Hi' }];
    assert.equal(template.render({ messages, tools: [{ name: 'add' }] }, training), 'with add');
    assert.match(template.render({ messages }, training), /^<\|im_start\|>user/);
  });
});

describe('a template that prints the date', () => {
  test('prints the same one whenever training happens, and today’s when it writes', async () => {
    const dated = `{% for message in messages %}{{ strftime_now('%d %b %Y, %A %-H:%M') + message.content }}{% endfor %}`;
    const template = await open(dated);
    assert.equal(template.render(asked, { forAnswer: false, date: 'fixed' }), '26 Jul 2024, Friday 0:00Hi');
    const today = template.render(asked, told);
    assert.ok(today.includes(String(new Date().getFullYear())), today);
    assert.ok(!today.includes('26 Jul 2024'));
  });

  test('also behind “if it is there”, as Llama’s do', async () => {
    const llama = `{% if not date_string is defined %}{% if strftime_now is defined %}{% set date_string = strftime_now("%d %b %Y") %}{% else %}{% set date_string = "none" %}{% endif %}{% endif %}{{ date_string }}`;
    assert.equal((await open(llama)).render(asked, { forAnswer: false, date: 'fixed' }), '26 Jul 2024');
  });
});

test('the tokens that a template names come from special_tokens_map.json where the other file lacks them', async () => {
  await writeFile(
    join(folder, 'special_tokens_map.json'),
    JSON.stringify({ bos_token: { content: '<first>' } }),
  );
  await writeFile(
    join(folder, 'tokenizer_config.json'),
    JSON.stringify({
      eos_token: '<last>',
      chat_template: '{{ bos_token + messages[0].content + eos_token }}',
    }),
  );
  try {
    assert.equal((await openChatTemplate(folder))!.render(asked, told), '<first>Hi<last>');
  } finally {
    await rm(join(folder, 'special_tokens_map.json'));
  }
});
