// Every readable tensor type against the values that Python's gguf gives for the same bytes, to the last bit.
// The fixture is made by scripts/make-gguf-block-fixtures.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { floatsFromBytes } from '@colora/tensors/tensor-bytes';
import { fixturesFolder } from '../../testing-references.ts';
import { blockFormat, formatName, readableFormats } from './block-formats.ts';

interface BlockCase {
  readonly type: number;
  /** base64 */
  readonly blocks: string;
  /** base64 of float32 */
  readonly values: string;
}

const cases = JSON.parse(readFileSync(`${fixturesFolder}gguf-blocks.json`, 'utf8')) as Record<
  string,
  BlockCase
>;

test('the fixture covers every readable type', () => {
  assert.deepEqual(Object.keys(cases).sort(), [...readableFormats].sort());
});

for (const [name, { type, blocks, values }] of Object.entries(cases)) {
  test(`${name} gives the values of the reference`, () => {
    const format = blockFormat(type)!;
    assert.equal(format.name, name);
    const bytes = Buffer.from(blocks, 'base64');
    const wanted = floatsFromBytes('F32', Buffer.from(values, 'base64'));
    const count = (bytes.length / format.bytes) * format.elements;
    assert.equal(count, wanted.length);
    let got = new Float32Array(count);
    if (format.dequantise === undefined) got = floatsFromBytes(format.storedAs, bytes) as typeof got;
    else format.dequantise(bytes, got);
    assert.deepEqual(got, wanted);
  });
}

test('other types are none, and have a name for messages', () => {
  assert.equal(blockFormat(17), undefined);
  assert.equal(formatName(17), 'IQ2_XS');
  assert.equal(formatName(4711), 'type 4711');
});
