// Receipts are only ever added to, once each, whatever a crash left of the last line; and there is an end to them.
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type KeptReceipt, keepReceipt, readReceipts } from './receipt-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-receipts-'));
after(() => rm(folder, { recursive: true }));

const kept = (round: number): KeptReceipt => ({
  statement: `of round ${round}`,
  signature: 'ab',
  receipt: {
    statement: 'a'.repeat(64),
    round,
    at: new Date(round).toISOString(),
    key: 'b'.repeat(64),
    signature: 'c'.repeat(128),
  },
});
const rounds = async (path: string) => (await readReceipts(path)).map(({ receipt }) => receipt.round);

test('each is kept once, in its order', async () => {
  const path = join(folder, 'once');
  assert.deepEqual(await readReceipts(path), []);
  for (const round of [1, 2, 2, 1, 3]) await keepReceipt(path, kept(round));
  assert.deepEqual(await readReceipts(path), [1, 2, 3].map(kept));
});

test('a line that was cut short is dropped, wherever it was cut, and the next one is whole', async () => {
  const line = JSON.stringify(kept(2));
  for (let cut = 1; cut <= line.length; cut += 37) {
    const path = join(folder, `cut-${cut}`);
    await keepReceipt(path, kept(1));
    await appendFile(path, line.slice(0, cut));
    await keepReceipt(path, kept(2));
    await keepReceipt(path, kept(3));
    assert.deepEqual(await rounds(path), [1, 2, 3]);
  }
});

test('of too many the oldest half goes', async () => {
  const path = join(folder, 'many');
  const lines = Array.from({ length: 4000 }, (_, at) => JSON.stringify(kept(at + 1)));
  await writeFile(path, `${lines.join('\n')}\n`);
  await keepReceipt(path, kept(4001));
  const left = await rounds(path);
  assert.deepEqual([left.length, left[0], left.at(-1)], [2001, 2001, 4001]);
  assert.equal((await readFile(path, 'utf8')).split('\n').length, 2002);
});
