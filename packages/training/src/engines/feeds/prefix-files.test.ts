// Rows come back as they were written, as many as there is room for; whatever the disk does, nothing is thrown and no wrong
// row is given, and no file is to be seen.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPrefixCache } from './prefix-cache.ts';
import { createPrefixFiles, type PrefixFilesOptions, type PrefixRows } from './prefix-files.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-prefix-'));
});
after(() => rm(folder, { recursive: true }));

/** 40 bytes: a view into more, then a tensor of its own. */
function rowsOf(number: number): PrefixRows {
  const more = Float32Array.from({ length: 9 }, (_, i) => number + i / 7);
  return [more.subarray(2, 8), Float32Array.of(number, -number, NaN, Infinity)];
}

const filesIn = (options: Partial<PrefixFilesOptions> = {}) =>
  createPrefixFiles({ folder: join(folder, 'prefix'), spared: 0, ...options });

test('rows come back in every order, and their file has no name', async () => {
  const files = filesIn();
  const numbers = [1, 2, 3, 4, 5];
  for (const number of numbers) files.put('g', `text ${number}`, rowsOf(number));
  files.put('g', 'text 2', rowsOf(99)); // is there already
  files.put('other', 'text 1', [Float32Array.of(7)]);
  for (const number of numbers.toReversed())
    assert.deepEqual(files.get('g', `text ${number}`), rowsOf(number));
  assert.deepEqual(files.get('other', 'text 1'), [Float32Array.of(7)]);
  assert.equal(files.get('other', 'text 2'), undefined);
  assert.equal(files.bytes, 5 * 40 + 4);
  assert.deepEqual(await readdir(join(folder, 'prefix')), []);
  files.close();
  assert.equal(files.get('g', 'text 1'), undefined);
  assert.equal(files.bytes, 0);
});

test('a full one stays with what it has, until others are idle', async () => {
  const files = filesIn({ limit: 100, idleMs: 1000 });
  for (const number of [1, 2, 3]) files.put('g', `text ${number}`, rowsOf(number));
  assert.deepEqual(
    [1, 2, 3].map((number) => files.get('g', `text ${number}`) !== undefined),
    [true, true, false],
  );
  files.put('later', 'text', rowsOf(4));
  assert.equal(files.get('later', 'text'), undefined);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  files.put('later', 'text', rowsOf(4));
  assert.deepEqual(files.get('later', 'text'), rowsOf(4));
  assert.equal(files.get('g', 'text 1'), undefined);
  assert.equal(files.bytes, 40);
  files.close();
});

test('one that is filled slowly stays', async () => {
  const files = filesIn({ limit: 80, idleMs: 1000 });
  for (const number of [1, 2]) {
    files.put('g', `text ${number}`, rowsOf(number));
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
  files.put('g', 'text 3', rowsOf(3));
  assert.deepEqual(files.get('g', 'text 1'), rowsOf(1));
  files.close();
});

test('a disk that is short of room, and a folder that can’t be made, keep nothing', async () => {
  const short = filesIn({ spared: Number.MAX_SAFE_INTEGER });
  short.put('g', 'text', rowsOf(1));
  assert.equal(short.get('g', 'text'), undefined);
  const inTheWay = join(folder, 'a file');
  await writeFile(inTheWay, '');
  const nowhere = filesIn({ folder: join(inTheWay, 'prefix') });
  nowhere.put('g', 'text', rowsOf(1));
  assert.equal(nowhere.get('g', 'text'), undefined);
  assert.equal(nowhere.bytes + short.bytes, 0);
});

test('what memory has no room for is in a file, again and again in the same order', () => {
  const cache = createPrefixCache(100, filesIn());
  for (let pass = 0; pass < 3; pass += 1) {
    for (const number of [1, 2, 3, 4, 5]) {
      const known = cache.get('g', `text ${number}`);
      if (pass === 0) {
        assert.equal(known, undefined);
        cache.put('g', `text ${number}`, rowsOf(number));
      } else assert.deepEqual(known, rowsOf(number));
    }
  }
  assert.deepEqual([cache.bytes, cache.filed], [80, 120]);
  cache.close();
});
