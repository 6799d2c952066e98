// An export is there whole or not at all, whatever was in its place and however it fails.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeWholeFolder } from './whole-folder.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'colora-whole-'));
});
after(() => rm(root, { recursive: true }));

const two = async (folder: string) => {
  await writeFile(join(folder, 'a'), 'new');
  await writeFile(join(folder, 'b'), 'new');
  return 2;
};

test('a new folder, deep or with a slash at its end, an empty one, and one with files in it', async () => {
  for (const target of ['new', 'deep/er/', 'empty', 'full']) {
    const folder = join(root, target);
    if (target === 'empty' || target === 'full') await mkdir(folder);
    if (target === 'full') await writeFile(join(folder, 'a'), 'old');
    if (target === 'full') await writeFile(join(folder, 'other'), 'old');
    assert.equal(await writeWholeFolder(folder, '--out', two), 2);
    const others = target === 'full' ? ['other'] : [];
    assert.deepEqual((await readdir(folder)).sort(), ['a', 'b', ...others]);
    assert.equal(await readFile(join(folder, 'a'), 'utf8'), 'new');
  }
  assert.deepEqual((await readdir(root)).sort(), ['deep', 'empty', 'full', 'new']);
});

test('a disk that fills up leaves nothing, and what was there as it was', async () => {
  const folder = join(root, 'kept');
  await mkdir(folder);
  await writeFile(join(folder, 'a'), 'old');
  for (const target of [folder, join(root, 'nothing')]) {
    const filling = async (made: string) => {
      await two(made);
      await writeFile('/dev/full', 'x');
    };
    await assert.rejects(writeWholeFolder(target, '--out', filling), {
      name: 'FileProblem',
      code: 'ENOSPC',
      message: `cannot write ${target}: the disk is full; free some space, or use a folder on another disk; --out names another folder`,
    });
  }
  assert.equal(await readFile(join(folder, 'a'), 'utf8'), 'old');
  assert.deepEqual(
    (await readdir(root)).filter((name) => /kept|nothing/.test(name)),
    ['kept'],
  );
});

test('a place that cannot be written, and one that is a file, are told as such', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  await assert.rejects(writeWholeFolder(file, '--out', two), {
    name: 'UsageError',
    message: /--out: .* is a file/,
  });
  await assert.rejects(writeWholeFolder(join(file, 'x', 'y'), '--out', two), {
    name: 'FileProblem',
    message: /a part of the path is a file/,
  });
});
