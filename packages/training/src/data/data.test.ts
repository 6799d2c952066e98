// Reading examples: what is accepted, and that every refusal names the file and the line, never a text.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { taskSchema } from '@colora/protocol/task-kinds';
import type { ReadableTask } from '../tasks/tasks.ts';
import { readExamples } from './data.ts';

const sentiment = taskSchema.parse({ kind: 'classification', labels: ['good', 'bad'] });
const language = taskSchema.parse({ kind: 'causal-lm' });
const entities = { kind: 'token-classification', labels: ['O', 'B-PER', 'I-PER'] } as const;

describe('readExamples', () => {
  let folder: string;
  let path: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colora-data-'));
    path = join(folder, 'mine.jsonl');
  });
  after(() => rm(folder, { recursive: true }));
  const read = async (
    content: string,
    ...rest: [Parameters<typeof readExamples>[1], { holdOut?: number }?]
  ) => {
    await writeFile(path, content);
    return readExamples(path, ...rest);
  };

  test('reads labelled lines past a byte order mark, blank lines, carriage returns and further fields', async () => {
    const content = '\uFEFF{"text":"a","label":"good"}\r\n\r\n   \n{"text":"b","label":"bad","source":7}';
    assert.deepEqual((await read(content, sentiment)).examples, [
      { text: 'a', label: 'good' },
      { text: 'b', label: 'bad' },
    ]);
  });

  test('reads prompts with completions, and plain texts, for a language model', async () => {
    const content = '{"prompt":"p","completion":"c"}\n{"text":"t"}\n';
    assert.deepEqual((await read(content, language)).examples, [
      { prompt: 'p', completion: 'c' },
      { text: 't' },
    ]);
  });

  test('reads chats, and words with their tags', async () => {
    const messages = [
      { role: 'user', content: 'u' },
      { role: 'assistant', content: 'a' },
    ];
    assert.deepEqual((await read(JSON.stringify({ messages }), language)).examples, [{ messages }]);
    const tagged = { tokens: ['Ada', 'codes'], tags: ['B-PER', 'O'] };
    assert.deepEqual((await read(JSON.stringify(tagged), entities)).examples, [tagged]);
  });

  test('takes any label where the task is not decided yet', async () => {
    const { examples } = await read('{"text":"a","label":"anything"}', {
      kind: 'classification',
      labels: 'any',
    });
    assert.deepEqual(examples, [{ text: 'a', label: 'anything' }]);
  });

  const secret = 'my secret diary';
  const refused: [name: string, content: string, task: ReadableTask, line: number, RegExp][] = [
    ['not JSON', `{"text":"a","label":"good"}\n{"text":"${secret}`, sentiment, 2, /not valid JSON/],
    [
      'an array over several lines',
      `[\n{"text":"${secret}"}\n]`,
      sentiment,
      1,
      /a JSON array becomes such lines/,
    ],
    ['not an object', `["${secret}"]`, sentiment, 1, /not a JSON object/],
    ['no text', '{"label":"good"}', sentiment, 1, /"text" is missing/],
    ['no label', `{"text":"${secret}"}`, sentiment, 1, /"label" is missing/],
    ['a number as text', '{"text":5,"label":"good"}', sentiment, 1, /"text" must be a text/],
    ['an empty text', '{"text":" ","label":"good"}', sentiment, 1, /"text" is empty/],
    [
      'an unknown label',
      `\n\n{"text":"${secret}","label":"meh"}`,
      sentiment,
      3,
      /label "meh" is not one of .*"good", "bad"/,
    ],
    ['no completion', `{"prompt":"${secret}"}`, language, 1, /"completion" is missing/],
    [
      'nothing to learn',
      `{"label":"${secret}"}`,
      language,
      1,
      /"prompt" and "completion", or the field "messages", or the field "text"/,
    ],
    ['messages that are no list', `{"messages":"${secret}"}`, language, 1, /"messages" must be a list/],
    [
      'a message without content',
      `{"messages":[{"role":"user","content":"${secret}"},{"role":"assistant"}]}`,
      language,
      1,
      /"messages\[1\]\.content" is missing/,
    ],
    [
      'a chat without an answer',
      `{"messages":[{"role":"user","content":"${secret}"}]}`,
      language,
      1,
      /no message has the role "assistant"/,
    ],
    ['no tags', `{"tokens":["${secret}"]}`, entities, 1, /"tags" is missing/],
    [
      'fewer tags than tokens',
      `{"tokens":["my","${secret}"],"tags":["O"]}`,
      entities,
      1,
      /2 tokens and 1 tags/,
    ],
    ['an unknown tag', `{"tokens":["${secret}"],"tags":["B-ORG"]}`, entities, 1, /tag "B-ORG" is not one of/],
    [
      'a numbered tag that the task has not',
      `{"tokens":["${secret}"],"tags":[3]}`,
      entities,
      1,
      /tag "3" is not one of the task's labels: "O", "B-PER", "I-PER"/,
    ],
    [
      'a tag that is a list',
      `{"tokens":["${secret}"],"tags":[["O"]]}`,
      entities,
      1,
      /"tags\.0" must be a text/,
    ],
  ];
  for (const [name, content, task, line, message] of refused) {
    test(`refuses ${name} with file and line`, async () => {
      await assert.rejects(read(content, task), (error: Error & { line: number; file: string }) => {
        assert.equal(error.name, 'DataError');
        assert.equal(error.line, line);
        assert.equal(error.file, path);
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(`${path}:${line}: `));
        assert.ok(!error.message.includes('secret'));
        return true;
      });
    });
  }

  test('refuses a missing file, a folder without texts and an empty file', async () => {
    await assert.rejects(
      readExamples(join(folder, 'none.jsonl'), sentiment),
      /none\.jsonl: there is no such file/,
    );
    await assert.rejects(readExamples(folder, sentiment), /this folder holds no text files/);
    await assert.rejects(read('\n \n', sentiment), /mine\.jsonl: the file holds no examples/);
  });

  test('holds out a share, the same for the same seed, and refuses to hold out everything', async () => {
    const lines = Array.from({ length: 10 }, (_, i) => `{"text":"t${i}"}`).join('\n');
    const { examples, heldOut } = await read(lines, language, { holdOut: 0.3 });
    assert.equal(heldOut.length, 3);
    assert.equal(new Set([...examples, ...heldOut].map((example) => JSON.stringify(example))).size, 10);
    assert.deepEqual((await readExamples(path, language, { holdOut: 0.3 })).heldOut, heldOut);
    assert.notDeepEqual((await readExamples(path, language, { holdOut: 0.3, seed: 5 })).heldOut, heldOut);
    await assert.rejects(
      read('{"text":"t"}', language, { holdOut: 0.5 }),
      /no examples are left to train on/,
    );
  });
});

describe('rows that come from no file', () => {
  const given = { text: 'a', label: 'good', source: 7 };

  test('are read as a file’s are', async () => {
    const { examples, places } = await readExamples([given, { text: 'b', label: 'bad' }], sentiment);
    assert.deepEqual(examples, [
      { text: 'a', label: 'good' },
      { text: 'b', label: 'bad' },
    ]);
    assert.deepEqual([...places.values()][1], { file: 'the examples given', row: 2 });
  });

  test('are refused by their number', async () => {
    const refused = (rows: unknown[], message: RegExp) =>
      assert.rejects(readExamples(rows as never, sentiment), message);
    await refused([given, { text: '\ud83d', label: 'good' }], /given, row 2: .*half of a character/);
    await refused([given, 'text'], /given, row 2: not an object/);
    await refused([{ text: 'a' }], /given, row 1: the field "label" is missing/);
    await refused([], /the examples given: there are none/);
  });
});
