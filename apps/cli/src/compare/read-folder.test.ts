import assert from 'node:assert/strict';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { participantName, readPeopleFolder } from './read-folder.ts';

const line = (text: string, label: string) => `${JSON.stringify({ text, label })}\n`;
const lines = line('one', 'a') + line('two', 'b');

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'colora-people-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

test('reads people by group, each judged by the group’s held-out examples', async () => {
  const folder = await folderWith({
    'bank/Ann Smith.jsonl': lines,
    'bank/test.jsonl': line('three', 'a'),
    'shop/bob.jsonl': line('four', 'c'),
    'shop/test.jsonl': line('five', 'c'),
    'shop/notes.txt': 'left out',
    'cat.json': 'left out',
  });
  const { people, kind, labels, leftOut } = await readPeopleFolder(folder);
  assert.deepEqual(leftOut, [join(folder, 'cat.json'), join(folder, 'shop', 'notes.txt')]);
  assert.deepEqual(
    people.map(({ name, group, examples, heldOut }) => [name, group, examples.length, heldOut.length]),
    [
      [participantName('bank', 'Ann Smith'), 'bank', 2, 1],
      ['shop.bob', 'shop', 1, 1],
    ],
  );
  assert.equal(kind, 'classification');
  assert.deepEqual(labels, ['a', 'b', 'c']);
});

test('prompts and completions, chats and plain texts are a language model’s', async () => {
  const completion = `${JSON.stringify({ prompt: 'Review: fine', completion: ' good' })}\n`;
  const chat = `${JSON.stringify({ messages: [{ role: 'assistant', content: 'Hello' }] })}\n`;
  const text = `${JSON.stringify({ text: 'Once upon a time' })}\n`;
  const folder = await folderWith({
    'a/ann.jsonl': completion + chat,
    'a/test.jsonl': text,
    'b/bob.jsonl': text,
    'b/test.jsonl': completion,
  });
  const { people, kind, labels } = await readPeopleFolder(folder);
  assert.equal(kind, 'causal-lm');
  assert.deepEqual(
    people.map(({ examples, heldOut }) => [examples.length, heldOut.length]),
    [
      [2, 1],
      [1, 1],
    ],
  );
  assert.deepEqual(labels, []);
  const mixed = { 'a/ann.jsonl': line('x', 'good'), 'a/test.jsonl': completion };
  await assert.rejects(readPeopleFolder(await folderWith(mixed)), /ann\.jsonl has labels/);
});

test('takes tables of any form, one test file a group', async () => {
  const table = 'text,label\none,a\ntwo,b\n';
  const folder = await folderWith({ 'bank/ann.csv': table, 'bank/ben.jsonl': lines, 'bank/test.csv': table });
  const { people } = await readPeopleFolder(folder);
  assert.deepEqual(
    people.map(({ name, examples, heldOut }) => [name, examples.length, heldOut.length]),
    [
      ['bank.ann', 2, 2],
      ['bank.ben', 2, 2],
    ],
  );
  const two = await folderWith({ 'bank/ann.csv': table, 'bank/test.csv': table, 'bank/test.jsonl': lines });
  await assert.rejects(readPeopleFolder(two), /test\.csv and test\.jsonl; keep one/);
});

test('hidden files and folders are nobody’s, and links stand for what they point to', async () => {
  const folder = await folderWith({
    'bank/ann.jsonl': lines,
    'bank/test.jsonl': lines,
    'bank/.ann.jsonl.swp.jsonl': 'x',
    'bank/~$ann.csv': 'x',
    '.git/config.jsonl': 'x',
    '.ipynb_checkpoints/test.jsonl': 'x',
  });
  const elsewhere = await folderWith({ 'ben.jsonl': lines, 'test.jsonl': lines });
  await symlink(elsewhere, join(folder, 'shop'));
  const names = async () => (await readPeopleFolder(folder)).people.map(({ name }) => name);
  assert.deepEqual(await names(), ['bank.ann', 'shop.ben']);
  await symlink('gone.jsonl', join(folder, 'bank', 'carl.jsonl'));
  await assert.rejects(names(), /carl\.jsonl: is a link to nothing/);
});

test('a label spelled in two Unicode forms is one label', async () => {
  const both = line('one', 'caf\u00e9') + line('two', 'cafe\u0301') + line('three', 'bar');
  const folder = await folderWith({ 'bank/ann.jsonl': both, 'bank/test.jsonl': both });
  assert.deepEqual((await readPeopleFolder(folder)).labels, ['bar', 'caf\u00e9']);
});

test('names of any script become participants’ names', () => {
  assert.equal(participantName('bank', 'ann-1'), 'bank.ann-1');
  assert.match(participantName('Ünï', 'Jörg 1'), /^n-\.j-rg-1-[0-9a-f]{8}$/);
  const given = [
    ['群', '李明'],
    ['群', '王芳'],
    ['team', 'a b'],
    ['team', 'a-b'],
    ['team', 'A-b'],
    ['x'.repeat(80), 'y'],
    ['x'.repeat(80), 'z'],
  ] as const;
  const names = given.map(([group, user]) => participantName(group, user));
  assert.equal(new Set(names).size, given.length);
  for (const name of names) assert.match(name, /^[a-z0-9][a-z0-9._-]{0,62}$/);
});

test('people are shown by the names of their files, whatever script and however alike', async () => {
  const folder = await folderWith({
    '群/李明.jsonl': lines,
    '群/王芳.jsonl': lines,
    '群/a b.jsonl': lines,
    '群/a-b.jsonl': lines,
    '群/test.jsonl': lines,
  });
  const { people } = await readPeopleFolder(folder);
  assert.deepEqual(
    people.map(({ shown }) => shown).sort(),
    ['群.a b', '群.a-b', '群.李明', '群.王芳'].sort(),
  );
  assert.equal(new Set(people.map(({ name }) => name)).size, 4);
});

test('wrong folders are refused by what is missing', async () => {
  const refused: [Record<string, string>, RegExp][] = [
    [{ 'readme.md': 'x' }, /holds no folders/],
    [{ 'bank/ann.jsonl': lines }, /test\.jsonl is missing/],
    [{ 'bank/test.jsonl': lines }, /no <user>\.jsonl/],
    [{ 'bank/ann.jsonl': lines, 'bank/test.jsonl': `${lines}{"text":` }, /test\.jsonl.*3/],
    [{ 'bank/ann.jsonl': lines, 'bank/test.jsonl': '\n' }, /test\.jsonl.*no examples/],
    [{ 'bank/ann.jsonl': lines, 'bank/test.jsonl': '{"tokens":["a"],"tags":["O"]}' }, /tagged words/],
    [{ 'bank/ann.jsonl': '{"text":"x"}\n', 'bank/test.jsonl': lines }, /"label" is missing/],
    [{ 'bank/ann.jsonl': line('x', 'a'), 'bank/test.jsonl': lines }, /two are needed/],
    [
      { 'bank/ann.csv': 'text,label\none,a\n', 'bank/ann.jsonl': lines, 'bank/test.jsonl': lines },
      /rename one/,
    ],
  ];
  for (const [files, words] of refused) {
    const folder = await folderWith(files);
    await assert.rejects(readPeopleFolder(folder), words);
  }
  await assert.rejects(readPeopleFolder('/nowhere/at/all'), /does not exist/);
});
