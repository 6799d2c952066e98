// CSV as spreadsheets and other programs really write it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReadableTask } from '../tasks/tasks.ts';
import { dataFolder, examplesOf, refuses, secret } from '../testing/testing-data.ts';

const sentiment: ReadableTask = { kind: 'classification', labels: ['good', 'bad'] };
const language: ReadableTask = { kind: 'causal-lm' };
const entities: ReadableTask = { kind: 'token-classification', labels: ['O', 'B-PER'] };
const { write } = await dataFolder();

const rows = [
  { text: 'fine, isn’t it', label: 'good' },
  { text: 'poor; really', label: 'bad' },
];

describe('CSV is read', () => {
  const forms: [name: string, file: string, content: string | Uint8Array][] = [
    ['with commas', 'a.csv', 'text,label\n"fine, isn’t it",good\npoor; really,bad\n'],
    ['with semicolons', 'b.csv', 'text;label\r\nfine, isn’t it;good\r\n"poor; really";bad\r\n'],
    ['with tabs under .csv', 'c.csv', 'text\tlabel\nfine, isn’t it\tgood\npoor; really\tbad\n'],
    ['with commas under .tsv', 'd.tsv', 'text,label\n"fine, isn’t it",good\npoor; really,bad\n'],
    [
      'as Excel says its separator',
      'e.csv',
      'sep=;\r\nlabel;text\r\ngood;fine, isn’t it\r\nbad;"poor; really"',
    ],
    ['with lines that end in \\r alone', 'f.csv', 'text;label\rfine, isn’t it;good\r"poor; really";bad\r'],
    [
      'with quoted names, a byte order mark and blanks',
      'g.csv',
      '\uFEFF"text", label \n"fine, isn’t it", good\npoor; really,bad',
    ],
    [
      'with an empty column and empty rows at the end',
      'h.csv',
      'text,label,\n"fine, isn’t it",good,\npoor; really,bad,\n,,\n , ,\n   \n\n',
    ],
    ['with a blank line at the start', 'i.csv', '\n\ntext;label\nfine, isn’t it;good\n"poor; really";bad\n'],
    [
      'in UTF-16 with tabs, Excel’s “Unicode text”',
      'j.csv',
      Buffer.from('\uFEFFtext\tlabel\r\nfine, isn’t it\tgood\r\npoor; really\tbad\r\n', 'utf16le'),
    ],
    [
      'with columns of other tasks, whatever they hold',
      'k.csv',
      'messages,tokens,text,label,note,note\nhello,[,"fine, isn’t it",good,1,2\n{},x,poor; really,bad,,\n',
    ],
    [
      'without cells of columns that have no name',
      'l.csv',
      'text;label;;\nfine, isn’t it;good\n"poor; really";bad;',
    ],
  ];
  for (const [name, file, content] of forms) {
    test(name, async () => {
      assert.deepEqual(await examplesOf(await write(file, content), sentiment), rows);
    });
  }

  test('with U+2028 and lone \\r inside of cells, and line breaks in quotes as they stand', async () => {
    const path = await write('inside.csv', 'text\n"a\u2028b"\n"c\r\nd"\n"e\rf"\n');
    assert.deepEqual(await examplesOf(path, language), [
      { text: 'a\u2028b' },
      { text: 'c\r\nd' },
      { text: 'e\rf' },
    ]);
  });

  test('where an empty cell is a missing field, in lists too', async () => {
    const path = await write(
      'mixed.csv',
      'messages,prompt,completion,text\n,,,a\n"[{""role"":""assistant"",""content"":""b""}]",,,\n , ,,c\nnull,p,d,\n',
    );
    assert.deepEqual(await examplesOf(path, language), [
      { text: 'a' },
      { messages: [{ role: 'assistant', content: 'b' }] },
      { text: 'c' },
      { prompt: 'p', completion: 'd' },
    ]);
  });
});

describe('CSV is refused with the cause', () => {
  const refused: [name: string, task: ReadableTask, content: string | Uint8Array, line: number, RegExp][] = [
    [
      'a column that is missing, with those that are there',
      sentiment,
      `text,mood\n${secret},good\n`,
      2,
      /"label" is missing; the columns found are "text", "mood"$/,
    ],
    [
      'no column of the task, with those that are there',
      sentiment,
      `Text;Mood\n${secret};good\n`,
      1,
      /none of "text", "label" is among them \(cells are separated by semicolons\); the columns found are "Text", "Mood"$/,
    ],
    [
      'a first line that is an example already, without telling it',
      sentiment,
      `${secret},good\nmore,bad\n`,
      1,
      /the first line must name the columns.* the columns found are "good", 1 more$/,
    ],
    [
      'a row with more cells',
      sentiment,
      `text,label\n${secret}, dear,good\n`,
      2,
      /more or fewer cells than the first line has columns \(3, not 2; cells are separated by commas;/,
    ],
    [
      'a row with fewer cells',
      sentiment,
      `text;label\n${secret}\n`,
      2,
      /\(1, not 2; cells are separated by semicolons/,
    ],
    [
      'a stray cell behind the columns',
      sentiment,
      `text,label\n${secret},good,\n`,
      2,
      /more or fewer cells than the first line has columns \(3, not 2/,
    ],
    [
      'a number of words and tags that differ',
      entities,
      `tokens,tags\n"[""${secret}""]","[""O"",""O""]"\n`,
      2,
      /1 tokens and 2 tags/,
    ],
    [
      'a byte that is not UTF-8',
      sentiment,
      Buffer.from(`text,label\na,good\nü ${secret},bad\n`, 'latin1'),
      3,
      /not text in UTF-8/,
    ],
    [
      'UTF-16 without a byte order mark',
      sentiment,
      Buffer.from('text,label\r\n', 'utf16le'),
      1,
      /text in UTF-16 without/,
    ],
    [
      'a label by its line where these end in \\r alone',
      sentiment,
      `text;label\ra;good\r${secret};meh\r`,
      3,
      /label "meh"/,
    ],
    [
      'a quote inside a cell behind a line that names the separator',
      sentiment,
      `sep=;\ntext;label\n${secret} "x";good\n`,
      3,
      /a double quote inside a cell/,
    ],
  ];
  for (const [name, task, content, line, problem] of refused) {
    test(name, async () => {
      const path = await write('wrong.csv', content);
      await refuses(path, task, `${path}:${line}`, problem);
    });
  }

  test('a spreadsheet under a wrong name', async () => {
    const path = await write('sheet.csv', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 6, 0, 8));
    await refuses(path, sentiment, path, /a zip archive, as \.xlsx files are/);
  });
});
