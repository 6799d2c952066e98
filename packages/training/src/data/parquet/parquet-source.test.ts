// Parquet tables of odd types: what becomes a label, what is not looked at, what is refused.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import type { ReadableTask } from '../../tasks/tasks.ts';
import { dataFolder, examplesOf, refuses, secret } from '../../testing/testing-data.ts';
import { parquetRows } from './parquet-source.ts';

type Table = Omit<Parameters<typeof parquetWriteFile>[0], 'filename'>;

const sentiment: ReadableTask = { kind: 'classification', labels: ['0', '7', 'true', 'good'] };
const language: ReadableTask = { kind: 'causal-lm' };
const entities: ReadableTask = { kind: 'token-classification', labels: ['0', '3'] };
const { folder, write } = await dataFolder();

let count = 0;
async function table(columnData: Table['columnData'], rest: Omit<Table, 'columnData'> = {}): Promise<string> {
  count += 1;
  const filename = join(folder, `${count}.parquet`);
  await parquetWriteFile({ filename, columnData, ...rest });
  return filename;
}

const text = { name: 'text', data: ['a'], type: 'STRING' as const };

describe('a label in Parquet', () => {
  const right: [name: string, column: Table['columnData'][number], label: string][] = [
    ['INT32', { name: 'label', data: [7], type: 'INT32' }, '7'],
    ['INT64', { name: 'label', data: [7n], type: 'INT64' }, '7'],
    ['DOUBLE that is whole', { name: 'label', data: [7], type: 'DOUBLE' }, '7'],
    ['BOOLEAN', { name: 'label', data: [true], type: 'BOOLEAN' }, 'true'],
  ];
  for (const [name, column, label] of right) {
    test(`of ${name} is its text`, async () => {
      assert.deepEqual(await examplesOf(await table([text, column]), sentiment), [{ text: 'a', label }]);
    });
  }

  test('of a dictionary is its text', async () => {
    const label = { name: 'label', data: Array(500).fill('good') };
    const texts = { name: 'text', data: Array(500).fill('a') };
    const read = await examplesOf(await table([texts, label]), sentiment);
    assert.deepEqual([read.length, read.at(-1)], [500, { text: 'a', label: 'good' }]);
  });

  test('of DECIMAL is exact: 7.00 is 7', async () => {
    const path = await table(
      [
        { name: 'text', data: ['a'] },
        { name: 'label', data: [7] },
      ],
      {
        schema: [
          { name: 'root', num_children: 2 },
          { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
          {
            name: 'label',
            type: 'INT32',
            converted_type: 'DECIMAL',
            scale: 2,
            precision: 9,
            repetition_type: 'REQUIRED',
          },
        ],
      },
    );
    assert.deepEqual(await examplesOf(path, sentiment), [{ text: 'a', label: '7' }]);
  });

  const wrong: [name: string, column: Table['columnData'][number], RegExp][] = [
    ['1.5', { name: 'label', data: [1.5], type: 'DOUBLE' }, /"label" is a number that is not whole/],
    ['NaN', { name: 'label', data: [Number.NaN], type: 'DOUBLE' }, /"label" is a number that is not whole/],
    ['null', { name: 'label', data: [null], type: 'INT32', nullable: true }, /"label" is missing/],
    ['a date', { name: 'label', data: [new Date(0)], type: 'TIMESTAMP' }, /a text in quotes, a whole number/],
    ['a struct', { name: 'label', data: [{ a: 1 }], type: 'JSON' }, /a text in quotes, a whole number/],
  ];
  for (const [name, column, problem] of wrong) {
    test(`that is ${name} is refused with its row`, async () => {
      const path = await table([{ ...text, data: [secret] }, column]);
      await refuses(path, sentiment, `${path}, row 1`, problem);
    });
  }

  test('that is missing is told with the columns found', async () => {
    const path = await table([text, { name: 'mood', data: ['good'] }]);
    await refuses(
      path,
      sentiment,
      `${path}, row 1`,
      /"label" is missing; the columns found are "text", "mood"$/,
    );
  });
});

/** LZ4 of at least 15 bytes without any repetition: a token, the length beyond 15, the bytes. */
function lz4(bytes: Uint8Array): Uint8Array {
  const beyond = bytes.length - 15;
  return Uint8Array.of(0xf0, ...Array(Math.floor(beyond / 255)).fill(255), beyond % 255, ...bytes);
}

/** A zstd frame of at most 65,791 bytes in one raw block: mark, size, block header, the bytes. */
function zstd(bytes: Uint8Array): Uint8Array {
  const size = bytes.length - 256;
  const block = bytes.length * 8 + 1;
  const header = [
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0x60,
    size & 255,
    size >> 8,
    block & 255,
    (block >> 8) & 255,
    block >> 16,
  ];
  return Uint8Array.of(...header, ...bytes);
}

describe('a table in Parquet', () => {
  const data = Array.from({ length: 300 }, (_, i) => `text ${i} ${'🙂'.repeat(i % 7)}`);
  const codecs: [codec: Table['codec'], compressors?: Table['compressors']][] = [
    ['UNCOMPRESSED'],
    ['SNAPPY'],
    ['GZIP', { GZIP: (bytes) => gzipSync(bytes) }],
    ['BROTLI', { BROTLI: (bytes) => brotliCompressSync(bytes) }],
    ['ZSTD', { ZSTD: zstd }],
    ['LZ4_RAW', { LZ4_RAW: lz4 }],
  ];
  for (const [codec, compressors = {}] of codecs) {
    test(`is read in ${codec} pages`, async () => {
      const path = await table([{ name: 'text', data }], { codec, compressors });
      assert.deepEqual(
        await examplesOf(path, language),
        data.map((one) => ({ text: one })),
      );
    });
  }

  test('has lists of texts and of numbered tags', async () => {
    const path = await table([
      { name: 'tokens', data: [['Ada', 'codes']], type: 'JSON' },
      { name: 'tags', data: [[3, 0]], type: 'JSON' },
    ]);
    assert.deepEqual(await examplesOf(path, entities), [{ tokens: ['Ada', 'codes'], tags: ['3', '0'] }]);
  });

  test('may have anything in columns that the task does not read', async () => {
    const path = await table([
      { name: 'messages', data: [{ no: 'list' }], type: 'JSON' },
      { name: 'tokens', data: [new Date(0)], type: 'TIMESTAMP' },
      { name: 'embedding', data: [1.5], type: 'DOUBLE' },
      text,
      { name: 'label', data: ['good'] },
    ]);
    assert.deepEqual(await examplesOf(path, sentiment), [{ text: 'a', label: 'good' }]);
    await refuses(path, language, `${path}, row 1`, /"messages" must be a list/);
  });

  test('with null in one form of an example is read by another', async () => {
    const path = await table([
      { name: 'prompt', data: [null, 'p'], type: 'STRING', nullable: true },
      { name: 'completion', data: [null, 'c'], type: 'STRING', nullable: true },
      { name: 'text', data: ['t', null], type: 'STRING', nullable: true },
    ]);
    assert.deepEqual(await examplesOf(path, language), [{ text: 't' }, { prompt: 'p', completion: 'c' }]);
  });

  test('without rows, encrypted, cut short, or with texts that are not UTF-8 is told so', async () => {
    const empty = await table([{ ...text, data: [] }]);
    await refuses(empty, language, empty, /holds no examples/);
    const sealed = await write('sealed.parquet', 'PARE0123456789PARE');
    await refuses(sealed, language, sealed, /encrypted Parquet; write it without/);
    const whole = await readFile(await table([{ ...text, data: [secret] }]));
    const short = await write('short.parquet', whole.subarray(0, -20));
    await refuses(short, language, short, /cannot be read as Parquet.*is the file whole/);
    const none = await write('none.parquet', '');
    await refuses(none, language, none, /cannot be read as Parquet.*is the file whole/);
    const latin = await table([
      { name: 'text', data: [Buffer.from(`gr\u00fcn ${secret}`, 'latin1')], type: 'BYTE_ARRAY' },
    ]);
    await refuses(latin, language, latin, /a text in it is not text in UTF-8/);
  });
});

/** Its first page says that it ends before it begins, so that whoever follows it never gets further. */
const endless =
  'UEFSMRUGFWoVblwVBBUBAAAAAAAAAAAAAAMDM8gUAAAAdGhlIGZpbG0sICJ3YXMiIDEVBhVqFW5cFQQVAQAAAAAAAAAAAAADAzPI' +
  'FAAAAHRoZSBmaWxtLCAid2FzIiBmaW5lFwAAAHp3w7ZsZiBCw7xjaGVyCXVuZCBtZWhyFQYVIhUmXBUEFQAVBBUAFQQVAAAAAwMP' +
  'OAQAAABnb29kAwAAAGJhZBUEGTxIBHJvb3QVBAAVDCUCGAR0ZXh0JQAAFQwlAhgFbGFiZWwlAAAWBBkcGSwmCBwVDBkVABkYBHRl' +
  'eHQVAhYEFpQBFpgBJgg8NgAoEHp3w7ZsZiBCw7xjaGVyCXYYEHRoZSBmaWxtLCAid2FzIiASEgAZHBUGFQAVAgAAACagARwVDBkV' +
  'ABkYBWxhYmVsFQIWBBZMFlAmoAE8NgAoBGdvb2QYA2JhZAAZHBUGFQAVAgAAABbgARYENugBACgJaHlwYXJxdWV0GSwcAAAcAAAA' +
  '0QAAAFBBUjE=';

test('a file that its reader never ends on is given up, and nobody is held up meanwhile', async () => {
  const path = join(folder, 'endless.parquet');
  await writeFile(path, Buffer.from(endless, 'base64'));
  let ticks = 0;
  const clock = setInterval(() => {
    ticks += 1;
  }, 50);
  const rows = parquetRows(path, { text: 'text', label: 'text' }, () => 2);
  await assert.rejects(rows.next(), {
    name: 'DataError',
    message:
      /endless\.parquet: cannot be read as Parquet \(nothing has come of it in 2 s\); is the file whole\?/,
  });
  clearInterval(clock);
  assert.ok(ticks > 5, `${ticks} ticks`);
});
