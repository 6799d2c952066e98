// The other forms that examples come in: CSV, Parquet, text files, the standard input; and their refusals.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parquetWriteFile } from 'hyparquet-writer';
import type { ReadableTask } from '../tasks/tasks.ts';
import { dataFolder, examplesOf, refuses, secret } from '../testing/testing-data.ts';

const sentiment: ReadableTask = { kind: 'classification', labels: ['good', 'bad', '1'] };
const language: ReadableTask = { kind: 'causal-lm' };
const entities: ReadableTask = { kind: 'token-classification', labels: ['O', 'B-PER'] };

const { folder, write } = await dataFolder();

describe('CSV', () => {
  test('quoted cells, line breaks in them, blank lines, further columns and mixed line ends', async () => {
    const path = await write('mine.csv', '\uFEFFtext,source,label\r\n"a, ""b""\nc",7,good\n\r\nd,,bad\n');
    assert.deepEqual(await examplesOf(path, sentiment), [
      { text: 'a, "b"\nc', label: 'good' },
      { text: 'd', label: 'bad' },
    ]);
  });

  test('tabs in .tsv, and lists as JSON in a cell', async () => {
    const path = await write('mine.tsv', 'tokens\ttags\n["Ada","codes"]\t["B-PER","O"]\n');
    assert.deepEqual(await examplesOf(path, entities), [{ tokens: ['Ada', 'codes'], tags: ['B-PER', 'O'] }]);
  });

  const refused: [name: string, content: string, line: number, RegExp][] = [
    ['an unknown label', `text,label\n${secret},meh\n`, 2, /label "meh" is not one of/],
    ['a missing column', `text,mood\n${secret},good\n`, 2, /"label" is missing/],
    ['an empty cell', 'text,label\n,good\n', 2, /"text" is empty/],
    ['too many cells', `text,label\n${secret}, dear,good\n`, 2, /more or fewer cells/],
    ['a quote inside a cell', `text,label\n${secret} "x",good\n`, 2, /a double quote inside a cell/],
    ['text after a quote', `text,label\n"${secret}" x,good\n`, 2, /after a closing double quote/],
    ['an open quote', `text,label\n"${secret},good\n`, 2, /never closed/],
    ['two columns of a name', 'text,label,text\na,good,b\n', 1, /columns 1 and 3 have the same name/],
  ];
  for (const [name, content, line, problem] of refused) {
    test(`refuses ${name} with file and line`, async () => {
      const path = await write('wrong.csv', content);
      await refuses(path, sentiment, `${path}:${line}`, problem);
    });
  }

  test('refuses a list that is no JSON, and a header alone', async () => {
    const list = await write('list.csv', `tokens,tags\n${secret},O\n`);
    await refuses(list, entities, `${list}:2`, /"tokens" must hold a JSON list/);
    const header = await write('header.csv', 'text,label\n');
    await refuses(header, sentiment, header, /holds no examples/);
  });
});

describe('Parquet', () => {
  const writeTable = async (
    name: string,
    columnData: Parameters<typeof parquetWriteFile>[0]['columnData'],
  ) => {
    const filename = join(folder, name);
    await parquetWriteFile({ filename, columnData, rowGroupSize: 2 });
    return filename;
  };

  test('texts and labels over several row groups, labels as whole numbers too', async () => {
    const text = ['a', 'b', 'c', 'd', 'e'];
    const named = await writeTable('named.parquet', [
      { name: 'source', data: [1, 2, 3, 4, 5] },
      { name: 'text', data: text },
      { name: 'label', data: ['good', 'bad', 'good', 'bad', 'good'] },
    ]);
    const read = await examplesOf(named, sentiment);
    assert.deepEqual(read.at(-1), { text: 'e', label: 'good' });
    assert.equal(read.length, 5);
    const numbered = await writeTable('numbered.parquet', [
      { name: 'text', data: ['a'] },
      { name: 'label', data: [1], type: 'INT32' },
    ]);
    assert.deepEqual(await examplesOf(numbered, sentiment), [{ text: 'a', label: '1' }]);
  });

  test('refuses by row; and what is no Parquet, or cut short, by file', async () => {
    const path = await writeTable('wrong.parquet', [
      { name: 'text', data: ['a', 'b', secret] },
      { name: 'label', data: ['good', 'bad', 'meh'] },
    ]);
    await refuses(path, sentiment, `${path}, row 3`, /label "meh" is not one of/);
    await refuses(path, entities, `${path}, row 1`, /"tokens" is missing/);
    const fake = await write('fake.parquet', `{"text":"${secret}"}\n`);
    await refuses(fake, sentiment, fake, /cannot be read as Parquet/);
    const short = await write('short.parquet', (await readFile(path)).subarray(40));
    await refuses(short, sentiment, short, /cannot be read as Parquet/);
  });
});

describe('text files', () => {
  test('a folder is one text a file, in the order of the paths; hidden and other files are left out', async () => {
    await write('notes/b.txt', 'second');
    await write('notes/a/1.md', 'first');
    await write('notes/.hidden/2.txt', secret);
    await write('notes/picture.png', secret);
    assert.deepEqual(await examplesOf(join(folder, 'notes'), language), [
      { text: 'first' },
      { text: 'second' },
    ]);
    assert.deepEqual(await examplesOf(join(folder, 'notes', 'b.txt'), language), [{ text: 'second' }]);
  });

  test('a label is the name of the folder that a text lies in', async () => {
    await write('reviews/good/1.txt', 'fine');
    await write('reviews/bad/1.txt', 'poor');
    assert.deepEqual(await examplesOf(join(folder, 'reviews'), sentiment), [
      { text: 'poor', label: 'bad' },
      { text: 'fine', label: 'good' },
    ]);
  });

  test('refuses a text without a label or tags, an empty one, and what is not UTF-8', async () => {
    const loose = await write('loose/1.txt', secret);
    await refuses(join(folder, 'loose'), sentiment, loose, /has no label/);
    await refuses(loose, sentiment, loose, /has no label/);
    await refuses(loose, entities, loose, /no tags/);
    const empty = await write('empty/1.txt', ' \n');
    await refuses(join(folder, 'empty'), language, empty, /"text" is empty/);
    const latin = await write('latin/1.txt', Uint8Array.of(0x67, 0xfc, 0x6e));
    await refuses(latin, language, latin, /not text in UTF-8/);
  });
});

test('endings count in capitals too', async () => {
  const rows = [{ text: 'a', label: 'good' }];
  assert.deepEqual(await examplesOf(await write('A.CSV', 'text,label\na,good\n'), sentiment), rows);
  assert.deepEqual(await examplesOf(await write('A.Tsv', 'text\tlabel\na\tgood\n'), sentiment), rows);
  assert.deepEqual(await examplesOf(await write('A.TXT', 'a'), language), [{ text: 'a' }]);
  const filename = join(folder, 'A.PARQUET');
  await parquetWriteFile({ filename, columnData: [{ name: 'text', data: ['a'] }] });
  assert.deepEqual(await examplesOf(filename, language), [{ text: 'a' }]);
});

test('a pointer of Git LFS is no example, whatever its ending', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n`;
  for (const name of ['pointer.txt', 'pointer.jsonl', 'pointer.csv', 'pointer.parquet']) {
    const path = await write(name, pointer);
    await refuses(path, language, path, /is a pointer of Git LFS, not the file itself: fetch it/);
  }
});

test('the standard input is read as JSON lines and called by its name', async () => {
  const script = `
    import { readExamples } from ${JSON.stringify(new URL('./data.ts', import.meta.url).href)};
    readExamples('-', { kind: 'causal-lm' }).then(
      ({ examples }) => console.log(JSON.stringify(examples)),
      (error) => console.log(error.message),
    );`;
  const run = (input: string) =>
    new Promise<string>((resolve, reject) => {
      const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
      const child = execFile(process.execPath, args, (error, stdout) =>
        error === null ? resolve(stdout.trim()) : reject(error),
      );
      child.stdin!.end(input);
    });
  assert.equal(await run('{"text":"a"}\n{"text":"b"}\n'), '[{"text":"a"},{"text":"b"}]');
  assert.match(await run(`{"text":"a"}\n${secret}\n`), /^standard input:2: not valid JSON/);
});
