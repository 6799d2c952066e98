// A failed write or read is told with its file, in words, and other errors pass as they are.
import assert from 'node:assert/strict';
import { open, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { withFile } from './file-problem.ts';

test('a full disk names no file itself: the file is told, with what to do', async () => {
  const full = async () => {
    const file = await open('/dev/full', 'w');
    await file.writeFile('x').finally(() => file.close());
  };
  await assert.rejects(withFile('write', '/home/ada/key.json', full, 'take another one'), {
    name: 'FileProblem',
    code: 'ENOSPC',
    message:
      'cannot write /home/ada/key.json: the disk is full; free some space, or use a folder on another disk; take another one',
  });
});

test('it is told once, by who knows most; errors that are not the system’s pass as they are', async () => {
  const twice = () => withFile('read', '/inner', () => readFile('/nowhere'));
  await assert.rejects(withFile('write', '/outer', twice), {
    message: 'cannot read /inner: there is no such file or folder',
  });
  const own = Object.assign(new Error('ours'), { code: 'ENOENT' });
  await assert.rejects(
    withFile('write', '/outer', () => Promise.reject(own)),
    (error) => error === own,
  );
});
