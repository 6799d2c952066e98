// Rows of chats: what is read of a message, what is refused, and that no value is ever told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causalLm } from './causal-lm.ts';

const place = { file: 'chats.jsonl', line: 3 };
const read = (fields: Record<string, unknown>) => causalLm.readRow({ fields, place }, null);
const user = { role: 'user', content: 'Two and two?' };
const answer = { role: 'assistant', content: 'Four.' };

test('text parts are one text', () => {
  const content = [
    { type: 'text', text: 'Two ' },
    { type: 'text', text: 'and two?' },
  ];
  assert.deepEqual(read({ messages: [{ role: 'user', content }, answer] }), { messages: [user, answer] });
});

test('a part that is no text is refused by its type', () => {
  const content = [{ type: 'image_url', image_url: 'secret' }];
  assert.throws(
    () => read({ messages: [{ role: 'user', content }, answer] }),
    (error: Error) =>
      /chats\.jsonl:3: messages\[0\]\.content\[0\] is a part of type "image_url"; only/.test(error.message) &&
      !error.message.includes('secret'),
  );
});

test('fields beside role and content are kept, those that say nothing are not', () => {
  const calls = [{ function: { name: 'add', arguments: {} } }];
  const call = { role: 'assistant', content: null, tool_calls: calls, name: null, weight: undefined };
  const example = read({ messages: [user, call], tools: [{ name: 'add' }] });
  assert.deepEqual(example, {
    messages: [user, { role: 'assistant', content: null, tool_calls: calls }],
    tools: [{ name: 'add' }],
  });
});

test('of several forms in one row messages count, else prompt and completion, else the text', () => {
  const pair = { prompt: 'Two and two?', completion: 'Four.' };
  const row = { messages: [user, answer], ...pair, text: 'Two and two is four.' };
  assert.deepEqual(read(row), { messages: [user, answer] });
  assert.deepEqual(read({ ...pair, text: row.text }), pair);
  assert.throws(() => read({ prompt: pair.prompt, text: row.text }), /"completion" is missing/);
});

test('a turn without content and without calls is refused; so are tools that are no list', () => {
  for (const content of [null, undefined, '', ' ', []])
    assert.throws(
      () => read({ messages: [user, { role: 'assistant', content }] }),
      /chats\.jsonl:3: .*content/,
    );
  assert.throws(() => read({ messages: [user, answer], tools: 'add' }), /the field "tools" must be a list/);
  assert.deepEqual(read({ messages: [user, answer], tools: null }), { messages: [user, answer] });
});

test('a whole number that could not be kept is refused with its place, never its value', () => {
  const withId = (id: unknown) =>
    read({
      messages: [
        user,
        { role: 'assistant', content: null, tool_calls: [{ function: { name: 'add', arguments: { id } } }] },
      ],
    });
  assert.throws(
    () => withId(JSON.parse('9007199254740993')),
    (error: Error) =>
      /chats\.jsonl:3: messages\[1\]\.tool_calls\.0\.function\.arguments\.id is a whole number with more digits/.test(
        error.message,
      ) && !error.message.includes('9007'),
  );
  const tools = [{ name: 'add', minimum: -1e300 }];
  assert.throws(() => read({ messages: [user, answer], tools }), /tools\.0\.minimum is a whole number/);
  for (const id of [9007199254740991, -3, 0.5, 1e-9, '9007199254740993', null]) withId(id);
});
