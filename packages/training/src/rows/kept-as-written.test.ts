// Held to what Python 3.11 prints: json.dumps(json.loads(text)) beside JavaScript's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, examplesOf, refuses } from '../testing/testing-data.ts';
import { printedOtherwise } from './kept-as-written.ts';

const inCall = (value: string) =>
  printedOtherwise(`{"text": 1.0, "tools": [{"a": ${value}}], "score": 1e99}`, (key) => key === 'tools');

test('numbers that Python prints otherwise, and lost digits and orders, are found in what is asked about only', () => {
  for (const number of [
    '1.0',
    '-0.0',
    '1e5',
    '1E16',
    '0.00001',
    '12345678901234567890',
    '9007199254740993',
    '1e400',
  ])
    assert.match(inCall(number) ?? '', /a number that would be printed otherwise/, number);
  for (const keys of ['{"2": 1, "1": 2}', '{"x": 1, "1": 2}', '{"01": 1, "0": 2}', '[{"10": {}, "9": {}}]'])
    assert.match(inCall(keys) ?? '', /keys that look like numbers/, keys);
});

test('all else is printed alike', () => {
  for (const value of [
    ...['0', '-7', '0.1', '2.50', '-12.75', '0.0001', '1.5e-3', '123456.789', '9007199254740991'],
    ...['"1.0"', '"a\\"1.0"', 'null', 'true', '{"1": 1, "2": 2, "x": 3, "01": 4}', '{}', '[1, 2.5]'],
  ])
    assert.equal(inCall(value), null, value);
});

const { write } = await dataFolder();

test('in chats they are refused with their place, whatever the file; in columns that are not read they may stand', async () => {
  const language = { kind: 'causal-lm' } as const;
  const chat = (value: string) =>
    `[{"role":"assistant","content":"a","tool_calls":[{"arguments":{"t":${value}}}]}]`;
  const csv = (value: string) => `messages,score\n"${chat(value).replaceAll('"', '""')}",1.0\n`;
  const jsonl = (value: string) => `{"messages":${chat(value)},"score":1.0}\n`;
  const problem = /tools or their calls hold a number that would be printed otherwise.*as one text of JSON/;
  for (const [name, content] of [
    ['calls.jsonl', jsonl],
    ['calls.csv', csv],
  ] as const) {
    const odd = await write(name, content('21.0'));
    await refuses(odd, language, name === 'calls.csv' ? `${odd}:2` : `${odd}:1`, problem);
    assert.equal((await examplesOf(await write(name, content('21.5')), language)).length, 1);
    assert.equal((await examplesOf(await write(name, content('"21.0"')), language)).length, 1);
  }
});
