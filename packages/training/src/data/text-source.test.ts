// Folders of texts: the same files in the same order whatever way a folder is named, hidden ones never, links as what
// they point to.
import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import type { ReadableTask } from '../tasks/tasks.ts';
import { dataFolder, examplesOf, refuses, secret } from '../testing/testing-data.ts';
import { wholeText } from './text-bytes.ts';

const sentiment: ReadableTask = { kind: 'classification', labels: ['good', 'bad'] };
const language: ReadableTask = { kind: 'causal-lm' };
const { folder, write } = await dataFolder();

async function within<T>(place: string, read: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(place);
  try {
    return await read();
  } finally {
    process.chdir(before);
  }
}

describe('a folder', () => {
  test('is the same however it is named: ., ./, ../d, x/../x, absolute, with a slash behind', async () => {
    await write('same/good/1.txt', 'fine');
    await write('same/bad/2.txt', 'poor');
    await write('same/bad.md', 'outside of a folder');
    const root = join(folder, 'same');
    const texts = [{ text: 'outside of a folder' }, { text: 'poor' }, { text: 'fine' }];
    const names = [
      '.',
      './',
      './/.',
      '../same',
      '../same/',
      'good/..',
      './good/../../same',
      root,
      `${root}/`,
    ];
    await within(root, async () => {
      for (const name of names) assert.deepEqual(await examplesOf(name, language), texts, name);
    });
    await within('/', async () => {
      assert.deepEqual(await examplesOf(relative('/', root), language), texts);
    });
  });

  test('gives its labels however it is named; its own name is none', async () => {
    await write('good/good/1.txt', 'fine');
    await write('good/bad/deep/good/2.txt', 'fine too');
    const labelled = [
      { text: 'fine too', label: 'good' },
      { text: 'fine', label: 'good' },
    ];
    await within(join(folder, 'good'), async () => {
      for (const name of ['.', '../good', './', 'bad/..'])
        assert.deepEqual(await examplesOf(name, sentiment), labelled);
    });
    const loose = await write('good/3.txt', secret);
    await refuses(join(folder, 'good'), sentiment, loose, /has no label/);
    await rm(loose);
  });

  test('hides what begins with a dot, and Office’s ~$ files; but may itself be hidden, or lie below one', async () => {
    const hidden = [
      ...['.git/description.txt', '.ipynb_checkpoints/a-checkpoint.txt', '.a.txt', 'b/.DS_Store.txt'],
      ...['b/.cache/deep/c.md', '__MACOSX/b/._c.txt', '~$a.txt', 'b/~$c.txt'],
    ];
    for (const name of hidden) await write(`.home/.notes/${name}`, secret);
    await write('.home/.notes/a.txt', 'a');
    await write('.home/.notes/b/c.txt', 'c');
    const expected = [{ text: 'a' }, { text: 'c' }];
    assert.deepEqual(await examplesOf(join(folder, '.home/.notes'), language), expected);
    await within(join(folder, '.home/.notes'), async () => {
      for (const name of ['.', './', '../.notes', '../../.home/.notes'])
        assert.deepEqual(await examplesOf(name, language), expected, name);
    });
    await within(join(folder, '.home'), async () => {
      assert.deepEqual(await examplesOf('.notes', language), expected);
    });
  });

  test('orders files alike, however a system spells their accents', async () => {
    await write('accents/e\u0301.txt', 'apart');
    await write('accents/f.txt', 'f');
    await write('accents/\u00e8.txt', 'composed');
    await write('accents/z.txt', 'z');
    const order = (await examplesOf(join(folder, 'accents'), language)).map((one) => Object.values(one)[0]);
    assert.deepEqual(order, ['f', 'z', 'composed', 'apart']);
  });

  test('of a label spelled in the other Unicode form, as macOS writes it, is that label', async () => {
    await write('forms/re\u0301gion/1.txt', 'south');
    await write('forms/autre/1.txt', 'none');
    const task: ReadableTask = { kind: 'classification', labels: ['r\u00e9gion', 'autre'] };
    assert.deepEqual(await examplesOf(join(folder, 'forms'), task), [
      { text: 'none', label: 'autre' },
      { text: 'south', label: 'r\u00e9gion' },
    ]);
  });

  test('without texts, and one that may not be read, are told by name', async () => {
    await write('none/.a.txt', secret);
    await write('none/table.csv', 'text\na\n');
    await refuses(join(folder, 'none'), language, join(folder, 'none'), /holds no text files/);
    await refuses(join(folder, 'nowhere'), language, join(folder, 'nowhere'), /there is no such file/);
  });
});

describe('a link', () => {
  test('to a file or a folder is read as that, also out of the folder; the link’s own name counts', async () => {
    await write('outside/.kept/one.txt', 'one');
    await write('outside/two.log', 'two');
    await mkdir(join(folder, 'links'));
    await symlink(join(folder, 'outside/.kept'), join(folder, 'links/good'));
    await mkdir(join(folder, 'links/bad'));
    await symlink('../../outside/two.log', join(folder, 'links/bad/two.txt'));
    const expected = [
      { text: 'two', label: 'bad' },
      { text: 'one', label: 'good' },
    ];
    assert.deepEqual(await examplesOf(join(folder, 'links'), sentiment), expected);
    await symlink(join(folder, 'links'), join(folder, 'linked'));
    assert.deepEqual(await examplesOf(join(folder, 'linked'), sentiment), expected);
  });

  test('back to a folder one is in ends there, and two links to one folder are read twice', async () => {
    await write('loop/a/1.txt', 'one');
    await symlink('..', join(folder, 'loop/a/up'));
    await symlink('.', join(folder, 'loop/here'));
    await symlink('a', join(folder, 'loop/b'));
    assert.deepEqual(await examplesOf(join(folder, 'loop'), language), [{ text: 'one' }, { text: 'one' }]);
  });

  test('to nothing is refused by name, a hidden one left out', async () => {
    await write('broken/a.txt', 'a');
    await symlink('gone', join(folder, 'broken/.lock'));
    assert.deepEqual(await examplesOf(join(folder, 'broken'), language), [{ text: 'a' }]);
    const link = join(folder, 'broken/b.txt');
    await symlink('gone.txt', link);
    await refuses(join(folder, 'broken'), language, link, /a link to nothing; mend it or take it away/);
    await rm(link);
    await symlink('c.txt', join(folder, 'broken/c.txt'));
    await refuses(join(folder, 'broken'), language, join(folder, 'broken/c.txt'), /a link to nothing/);
  });
});

describe('a text file', () => {
  test('in UTF-16 is read by its mark; other encodings are refused by the file', async () => {
    const path = await write('texts/16.txt', Buffer.from('\uFEFFGröße\u2028\n', 'utf16le'));
    assert.deepEqual(await examplesOf(path, language), [{ text: 'Größe\u2028\n' }]);
    const bare = await write('texts/bare.txt', Buffer.from(secret, 'utf16le'));
    await refuses(join(folder, 'texts'), language, bare, /text in UTF-16 without a byte order mark/);
    await rename(bare, join(folder, 'texts/bare.md'));
    await refuses(join(folder, 'texts/bare.md'), language, join(folder, 'texts/bare.md'), /UTF-16 without/);
  });

  test('has a bound', async () => {
    const endless = (async function* () {
      for (;;) yield new Uint8Array(2 ** 24).fill(97);
    })();
    await assert.rejects(
      wholeText(endless, 'mine'),
      /^DataError: mine: the file has more than 256 MB, and one example may not; cut it into several/,
    );
  });
});
