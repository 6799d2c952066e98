// A member's own files of examples, in each form there is, read for each kind of task.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readExamples } from '@colora/training/data/data';
import { parquetWriteFile } from 'hyparquet-writer';
import { type FuzzTarget, jsonBytes, textBytes } from '../target.ts';

type ReadTask = Parameters<typeof readExamples>[1];
const classification: ReadTask = { kind: 'classification', labels: ['good', 'bad'] };
const language: ReadTask = { kind: 'causal-lm' };
const words: ReadTask = { kind: 'token-classification', labels: ['O', 'B-PER'] };

const rows = [
  { text: 'the film, "was" fine', label: 'good' },
  { text: 'zwölf Bücher\tund mehr', label: 'bad' },
];
const messages = [
  { role: 'user', content: 'who?' },
  { role: 'assistant', content: 'nobody' },
];

async function parquet(folder: string): Promise<Uint8Array> {
  const filename = join(folder, 'sound.parquet');
  await parquetWriteFile({
    filename,
    columnData: [
      { name: 'text', data: rows.map(({ text }) => text), type: 'STRING' },
      { name: 'label', data: rows.map(({ label }) => label), type: 'STRING' },
    ],
  });
  return await readFile(filename);
}

export async function openExampleTargets(folder: string): Promise<FuzzTarget[]> {
  const kinds: [ending: string, task: ReadTask, form: FuzzTarget['form'], corpus: Uint8Array[]][] = [
    ['jsonl', classification, 'json', rows.map(jsonBytes)],
    ['jsonl', classification, 'bytes', [textBytes(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))]],
    [
      'jsonl',
      language,
      'json',
      [{ messages }, { prompt: 'one', completion: 'two' }, { text: 'a b c' }].map(jsonBytes),
    ],
    ['jsonl', words, 'json', [jsonBytes({ tokens: ['Ada', 'wrote'], tags: ['B-PER', 'O'] })]],
    ['csv', classification, 'bytes', [textBytes('text,label\n"the ""film"", or\nnot",good\nb,bad\n')]],
    ['tsv', classification, 'bytes', [textBytes('text\tlabel\r\na b\tgood\r\nc\tbad\r\n')]],
    ['parquet', classification, 'bytes', [await parquet(folder)]],
    ['txt', language, 'bytes', [textBytes('A text.\n\nAnother — one.\n')]],
  ];
  return kinds.map(([ending, task, form, corpus], i) => {
    const path = join(folder, `${i}.${ending}`);
    return {
      name: `examples, ${ending} ${i}`,
      form,
      corpus,
      async read(bytes) {
        await writeFile(path, bytes);
        await readExamples(path, task, { holdOut: 0 });
      },
    };
  });
}
