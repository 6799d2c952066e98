// JSON lines as they come from other programs: every character inside, keys named twice, odd ends of lines.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { ReadableTask } from '../tasks/tasks.ts';
import { dataFolder, examplesOf, refuses, secret } from '../testing/testing-data.ts';
import { longestExample } from './byte-lines.ts';

const sentiment: ReadableTask = { kind: 'classification', labels: ['good', 'bad'] };
const language: ReadableTask = { kind: 'causal-lm' };
const entities: ReadableTask = { kind: 'token-classification', labels: ['O', 'B-PER'] };
const { write } = await dataFolder();

describe('a JSON line', () => {
  test('holds U+2028, U+2029 and U+0085 as they stand: lines end at \\n only', async () => {
    const text = 'one\u2028two\u2029three\u0085four';
    const line = `{"text":"${text}","label":"good"}`;
    const path = await write('separators.jsonl', `${line}\r\n${line}\n${line}`);
    assert.deepEqual(await examplesOf(path, sentiment), Array(3).fill({ text, label: 'good' }));
  });

  test('is refused by its own number behind such characters', async () => {
    const path = await write('numbered.jsonl', `{"text":"a\u2028b\u2028c"}\n\n{"text":"${secret}\n`);
    await refuses(path, language, `${path}:3`, /not valid JSON/);
  });

  test('may begin with a byte order mark, also where files were put together', async () => {
    const path = await write('joined.jsonl', '\uFEFF{"text":"a"}\n\uFEFF{"text":"b"}\n');
    assert.deepEqual(await examplesOf(path, language), [{ text: 'a' }, { text: 'b' }]);
  });

  test('that names a field twice is refused, in what a task reads and there only', async () => {
    const twice = await write('twice.jsonl', `{"text":"a","label":"good","text":"${secret}"}\n`);
    await refuses(twice, sentiment, `${twice}:1`, /the field "text" is named twice/);
    const inside = await write(
      'inside.jsonl',
      `{"messages":[{"role":"assistant","content":"a","content":"${secret}"}]}\n`,
    );
    await refuses(inside, language, `${inside}:1`, /a field inside of a field is named twice/);
    const other = await write('other.jsonl', '{"id":1,"id":2,"meta":{"a":1,"a":2},"text":"a"}\n');
    assert.deepEqual(await examplesOf(other, language), [{ text: 'a' }]);
  });

  test('has whole numbers and truth values for labels and tags, which are their texts', async () => {
    const task: ReadableTask = { kind: 'classification', labels: ['0', '1', '-2', 'true', 'false'] };
    const labels = ['1', '1.0', '1e0', '-2', 'true', 'false', '" 0 "'];
    const path = await write('typed.jsonl', labels.map((one) => `{"text":"a","label":${one}}\n`).join(''));
    const read = (await examplesOf(path, task)).map((one) => 'label' in one && one.label);
    assert.deepEqual(read, ['1', '1', '1', '-2', 'true', 'false', '0']);
    const numbered: ReadableTask = { kind: 'token-classification', labels: ['0', '3'] };
    const tags = await write('numbered-tags.jsonl', '{"tokens":["Ada","codes"],"tags":[3,0]}\n');
    assert.deepEqual(await examplesOf(tags, numbered), [{ tokens: ['Ada', 'codes'], tags: ['3', '0'] }]);
    for (const wrong of ['1.5', '9007199254740993', '[1]', '{"a":1}']) {
      const other = await write('wrong.jsonl', `{"text":"${secret}","label":${wrong}}\n`);
      await refuses(other, task, `${other}:1`, /the field "label" (is a number|must be a text)/);
    }
  });

  test('may have anything in fields that the task does not read', async () => {
    const content = '{"text":"a","label":"good","messages":"none","tokens":7,"tags":{},"prompt":[]}\n';
    assert.deepEqual(await examplesOf(await write('further.jsonl', content), sentiment), [
      { text: 'a', label: 'good' },
    ]);
  });

  test('with null has no such field, as with an empty text where another can be read', async () => {
    const content = '{"messages":null,"prompt":null,"completion":"","text":"a"}\n';
    assert.deepEqual(await examplesOf(await write('null.jsonl', content), language), [{ text: 'a' }]);
    const label = await write('null-label.jsonl', `{"text":"${secret}","label":null}\n`);
    await refuses(label, sentiment, `${label}:1`, /"label" is missing/);
    const tags = await write('null-tag.jsonl', `{"tokens":["${secret}"],"tags":[null]}\n`);
    await refuses(tags, entities, `${tags}:1`, /"tags\.0" is missing/);
  });
});

describe('a file of JSON lines', () => {
  test('may have any ending that is no other form’s', async () => {
    for (const name of ['mine.json', 'mine.ndjson', 'mine.data', 'mine'])
      assert.deepEqual(
        await examplesOf(await write(name, '{"text":"a"}\n'), language),
        [{ text: 'a' }],
        name,
      );
  });

  test('that ends its lines in \\r alone is told so', async () => {
    const path = await write('mac.jsonl', `{"text":"a"}\r{"text":"${secret}"}\r`);
    await refuses(path, language, `${path}:1`, /end in \\n, not in \\r alone/);
  });

  test('in UTF-16 is read by its byte order mark', async () => {
    const path = await write('utf16.jsonl', Buffer.from('\uFEFF{"text":"Größe"}\r\n', 'utf16le'));
    assert.deepEqual(await examplesOf(path, language), [{ text: 'Größe' }]);
  });

  test('that is not UTF-8 is refused with the line', async () => {
    const latin = Buffer.from(`{"text":"a"}\n{"text":"gr\u00fcn ${secret}"}\n`, 'latin1');
    const path = await write('latin.jsonl', latin);
    await refuses(path, language, `${path}:2`, /not text in UTF-8/);
  });

  test('with an endless line is refused before it is in memory', async () => {
    const path = await write('long.jsonl', '{"text":"a"}\n{"text":"');
    const file = await open(path, 'a');
    const piece = Buffer.alloc(2 ** 24, 'a');
    for (let size = 0; size <= longestExample; size += piece.byteLength) await file.write(piece);
    await file.close();
    await refuses(path, language, `${path}:2`, /the line has more than 256 MB/);
  });
});

test('the standard input that is not UTF-8 is refused with the line, and UTF-16 is read', async () => {
  const script = `
    import { readExamples } from ${JSON.stringify(new URL('./data.ts', import.meta.url).href)};
    readExamples('-', { kind: 'causal-lm' }).then(
      ({ examples }) => console.log(JSON.stringify(examples)),
      (error) => console.log(error.message),
    );`;
  const run = (input: Uint8Array) =>
    new Promise<string>((resolve, reject) => {
      const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
      const child = execFile(process.execPath, args, (error, stdout) =>
        error === null ? resolve(stdout.trim()) : reject(error),
      );
      child.stdin!.end(input);
    });
  const latin = Buffer.from('{"text":"a"}\n{"text":"gr\u00fcn"}\n', 'latin1');
  assert.match(await run(latin), /^standard input:2: is not text in UTF-8/);
  assert.equal(await run(Buffer.from('\uFEFF{"text":"ü"}\n', 'utf16le')), '[{"text":"ü"}]');
  assert.equal(await run(Buffer.from('{"text":"a\u2028b"}\n')), '[{"text":"a\u2028b"}]');
});
