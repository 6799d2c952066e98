// What was sealed comes back whole under its passphrase, and nothing of it under another, cut off, changed or moved about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClientError } from '../../client-error.ts';
import { sealed, unsealed } from './sealed-stream.ts';

const cheap = 14;
const passphrase = 'a horse, a stapler';
const headBytes = 34;
const pieceBytes = 65_536 + 16;

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
const seal = (plain: Uint8Array, size = 10_000) => all(sealed(cut(plain, size), passphrase, cheap));
const open = (bytes: Uint8Array, phrase = passphrase, size = 9999) => all(unsealed(cut(bytes, size), phrase));
const refused = (bytes: Uint8Array, why: RegExp, phrase = passphrase) =>
  assert.rejects(
    open(bytes, phrase),
    (error) => error instanceof ClientError && error.code === 'bad-file' && why.test(error.message),
  );
const plainOf = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 31) % 251));

test('what was sealed comes back, whatever its length and however it arrives', async () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, 2 * 65_536, 200_000]) {
    const plain = plainOf(length);
    const bytes = await seal(plain, 70_001);
    assert.equal(bytes.length, headBytes + length + 16 * Math.max(1, Math.ceil(length / 65_536)));
    assert.deepEqual(await open(bytes), plain);
    if (length === 1) assert.deepEqual(await open(bytes, passphrase, 1), plain);
  }
  assert.notDeepEqual(await seal(plainOf(9)), await seal(plainOf(9)), 'another key each time');
});

test('a passphrase is the same however its characters are composed', async () => {
  const bytes = await all(sealed(cut(plainOf(9), 9), 'caf\u00e9 au lait', cheap));
  assert.deepEqual(await open(bytes, 'cafe\u0301 au lait'), plainOf(9));
});

test('another passphrase, other files and other versions are told', async () => {
  const bytes = await seal(plainOf(100));
  await refused(bytes, /passphrase is another/, 'another one');
  await refused(Buffer.alloc(0), /no file of colora/);
  await refused(bytes.subarray(0, 20), /no file of colora/);
  await refused(
    Buffer.from('PK\u0003\u0004 a zip of somebody’s, long enough for a head'),
    /no file of colora/,
  );
  const newer = Buffer.from(bytes);
  newer[16] = 2;
  await refused(newer, /format 2; this one reads 1/);
  for (const cost of [0, 13, 20, 31, 255]) {
    const dear = Buffer.from(bytes);
    dear[17] = cost;
    await refused(dear, /more memory/);
  }
});

test('whatever is changed, cut off, left out, repeated or put elsewhere is found, and pieces before it are as they were', async () => {
  const plain = plainOf(3 * 65_536 + 5);
  const bytes = await seal(plain);
  const piece = (index: number) =>
    bytes.subarray(headBytes + index * pieceBytes, headBytes + (index + 1) * pieceBytes);
  const head = bytes.subarray(0, headBytes);
  const of = (...indices: number[]) => Buffer.concat([head, ...indices.map(piece)]);
  assert.deepEqual(await open(of(0, 1, 2, 3)), plain);
  for (const wrong of [
    of(0, 1, 2),
    of(0, 1),
    of(0),
    of(1, 0, 2, 3),
    of(0, 1, 1, 3),
    of(0, 1, 2, 3, 3),
    of(3),
  ])
    await refused(wrong, /changed/);
  await refused(head, /changed/);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 18, max: bytes.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= by;
        await refused(changed, /changed/);
      },
    ),
    { numRuns: 12 },
  );
  for (const end of [bytes.length - 1, headBytes + pieceBytes, headBytes + 1])
    await refused(bytes.subarray(0, end), /changed/);
});
