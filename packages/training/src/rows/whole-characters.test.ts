// Halves of characters, which JSON can escape alone ("\ud83d"): refused with place and field wherever a source holds JSON,
// for every kind of task; whole ones, escaped in two, are read.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parquetWriteFile } from 'hyparquet-writer';
import type { ReadableTask } from '../tasks/tasks.ts';
import { dataFolder, examplesOf, refuses, secret } from '../testing/testing-data.ts';

const sentiment: ReadableTask = { kind: 'classification', labels: ['good', 'bad'] };
const undeclared: ReadableTask = { kind: 'classification', labels: 'any' };
const language: ReadableTask = { kind: 'causal-lm' };
const entities: ReadableTask = { kind: 'token-classification', labels: ['O', 'B-PER'] };
const { folder, write } = await dataFolder();

/** As it stands in JSON. */
const half = String.raw`\ud83d ${secret}`;
const asked = `{"role":"user","content":"${secret}"}`;

describe('half of a character is refused with its place and field', () => {
  const refused: [name: string, task: ReadableTask, line: string, field: string][] = [
    ['in a text', sentiment, `{"text":"${half}","label":"good"}`, 'text'],
    ['the second half too', language, String.raw`{"text":"${secret}\ude42"}`, 'text'],
    ['both in the wrong order', language, String.raw`{"text":"\ude42\ud83d"}`, 'text'],
    ['in a label', sentiment, `{"text":"a","label":"${half}"}`, 'label'],
    ['in a label that nobody declared', undeclared, `{"text":"a","label":"${half}"}`, 'label'],
    ['in a word', entities, `{"tokens":["a","${half}"],"tags":["O","O"]}`, 'tokens[1]'],
    ['in a tag', entities, `{"tokens":["a"],"tags":["${half}"]}`, 'tags[0]'],
    ['in a prompt', language, `{"prompt":"${half}","completion":"a"}`, 'prompt'],
    ['in a completion', language, `{"prompt":"a","completion":"${half}"}`, 'completion'],
    [
      'in a message',
      language,
      `{"messages":[${asked},{"role":"assistant","content":"${half}"}]}`,
      'messages[1].content',
    ],
    [
      'in the message of the system',
      language,
      `{"messages":[{"role":"system","content":"${half}"},{"role":"assistant","content":"a"}]}`,
      'messages[0].content',
    ],
    [
      'in a part of a message',
      language,
      `{"messages":[{"role":"assistant","content":[{"type":"text","text":"${half}"}]}]}`,
      'messages[0].content[0].text',
    ],
    [
      'in a call of a tool, or the name of its argument',
      language,
      String.raw`{"messages":[{"role":"assistant","tool_calls":[{"arguments":{"\ud83d":"a"}}]}]}`,
      'messages[0].tool_calls[0].arguments',
    ],
    [
      'in a tool',
      language,
      `{"messages":[${asked},{"role":"assistant","content":"a"}],"tools":[{"description":"${half}"}]}`,
      'tools[0].description',
    ],
  ];
  for (const [name, task, line, field] of refused) {
    test(name, async () => {
      const path = await write('half.jsonl', `\n${line}\n`);
      const said = new RegExp(
        `the field "${field.replaceAll(/[[\].]/g, '\\$&')}" holds half of a character .*write both`,
      );
      await refuses(path, task, `${path}:2`, said);
    });
  }

  test('in a list in a cell of CSV', async () => {
    const path = await write('half.csv', `tokens,tags\n"[""${half}""]","[""O""]"\n`);
    await refuses(path, entities, `${path}:2`, /the field "tokens\[0\]" holds half of a character/);
  });

  test('in JSON in a column of Parquet', async () => {
    const filename = join(folder, 'half.parquet');
    const messages = [{ role: 'assistant', content: `\ud83d ${secret}` }];
    await parquetWriteFile({ filename, columnData: [{ name: 'messages', data: [messages], type: 'JSON' }] });
    await refuses(filename, language, `${filename}, row 1`, /"messages\[0\]\.content" holds half of a char/);
  });
});

test('whole characters are read, escaped in two or not; halves in what no task reads are not looked at', async () => {
  const path = await write('whole.jsonl', String.raw`{"text":"\ud83d\ude42 🙂","id":"\ud83d"}`);
  assert.deepEqual(await examplesOf(path, language), [{ text: '🙂 🙂' }]);
});
