// What is looked for is found in every encoding that can be undone, one inside the other, and nothing else is found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { encodeWire } from '@colora/tensors/wire/wire-file';
import fc from 'fast-check';
import { needleFinder } from './find-needles.ts';
import { needlesOfFile, needlesOfText } from './needles.ts';
import { readingsOf } from './readings.ts';

const text = 'a text of mine, "as written" – 100 %';
const found = (body: Uint8Array, { needles } = needlesOfText(text)) => {
  const find = needleFinder(needles);
  return readingsOf(body).flatMap(({ bytes, undone }) =>
    find(bytes).map(({ name }) => `${name}: ${undone.join(' ')}`),
  );
};

test('a text is found as it is, and inside encodings', () => {
  const bytes = Buffer.from(`before ${text} after`);
  const bodies: Record<string, Uint8Array> = {
    '': bytes,
    gzip: gzipSync(bytes),
    zlib: deflateSync(bytes),
    brotli: brotliCompressSync(bytes),
    JSON: Buffer.from(JSON.stringify({ deep: [{ inside: bytes.toString() }] })),
    base64: Buffer.from(`x=${bytes.toString('base64')}`),
    'percent signs': Buffer.from(`q=${encodeURIComponent(bytes.toString())}`),
    'gzip JSON': gzipSync(JSON.stringify({ text: bytes.toString() })),
    'JSON base64 gzip': Buffer.from(JSON.stringify([gzipSync(bytes).toString('base64')])),
  };
  for (const [undone, body] of Object.entries(bodies))
    assert.ok(found(body).includes(`the text: ${undone}`), undone);
  assert.deepEqual(found(Buffer.from(text, 'utf16le')), ['the text, in UTF-16: ']);
  assert.deepEqual(found(gzipSync('something else')), []);
});

test('a body that unpacks to more than there is room for is left packed', () => {
  const bomb = gzipSync(Buffer.alloc(300_000_000));
  assert.equal(readingsOf(bomb).length, 1);
});

test('tensors are found in the number formats that keep them, and not once they are rounded', () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i + 1));
  const tensors = new Map([
    ['mine', { shape: [8, 8], data: values }],
    ['zeros', { shape: [64], data: new Float32Array(64) }],
  ]);
  const needles = needlesOfFile(encode(tensors));
  const other = new Map([['other', { shape: [64], data: values }]]);
  const as = (encoding: 'f32' | 'f16' | 'bf16' | 'int8') => found(encodeWire(other, { encoding }), needles);
  assert.deepEqual(as('f32'), ['tensor mine as float32: ']);
  assert.deepEqual(as('f16'), ['tensor mine as float16: ']);
  assert.deepEqual(as('bf16'), ['tensor mine as bfloat16: ']);
  assert.deepEqual(as('int8'), []);
  assert.deepEqual(found(Buffer.alloc(10_000), needles), []);
});

test('a body that ends in the beginning of what is looked for does not hold it', () => {
  const [needle] = needlesOfText('what is looked for').needles;
  const find = needleFinder([needle!]);
  for (const end of ['what is ', 'what is looked fo'])
    assert.deepEqual(find(Buffer.from(`before ${end}`)), [], end);
  assert.deepEqual(find(Buffer.from('before what is looked for')), [needle]);
});

test('the finder finds what a plain search finds', () => {
  const small = fc.uint8Array({ maxLength: 40, max: 2 });
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 12, max: 2 })), small, (needles, hay) => {
      const named = needles.map((bytes, index) => ({ name: String(index), bytes }));
      const names = needleFinder(named)(hay).map(({ name }) => name);
      const plain = named.filter(({ bytes }) => Buffer.from(hay).includes(Buffer.from(bytes)));
      assert.deepEqual(names.sort(), plain.map(({ name }) => name).sort());
    }),
  );
});
