// bfloat16 weights as binary16: the same numbers, in a file of their own; models that have none, or numbers past it, stay.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { toBf16 } from '@colora/tensors/dtype';
import { openSafetensors } from '@colora/tensors/safetensors/safetensors-file';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import type { TensorMap } from '@colora/tensors/tensor';
import { openBaseModel } from './base-model.ts';
import { inBinary16 } from './half-weights.ts';
import { withPrecision } from './quantised-base.ts';
import { fixturesFolder, readWeights } from './testing-references.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-half-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A toy Llama of which each number is a bfloat16; `change` before they are. */
async function bfloatLlama(change: (weights: TensorMap) => void = () => undefined) {
  const model = await openBaseModel(join(fixturesFolder, 'tiny-llama'));
  const weights = await readWeights(model);
  change(weights);
  const copy = join(folder, 'model');
  await cp(join(fixturesFolder, 'tiny-llama'), copy, { recursive: true });
  const planned = [...weights].map(([name, { shape }]) => ({ name, shape, dtype: 'BF16' }) as const);
  await writeSafetensors(join(copy, 'model.safetensors'), planned, async ({ name }) => {
    const { buffer } = toBf16(weights.get(name)!.data as Float32Array);
    return new Uint8Array(buffer);
  });
  return openBaseModel(copy);
}

test('the numbers are the same, the file has them in binary16, and is written once', async () => {
  const base = await bfloatLlama();
  const told: string[] = [];
  const half = await inBinary16(base, folder, (done, of) => told.push(`${done}/${of}`));
  const count = base.weights.length;
  assert.deepEqual(
    told,
    [...Array(count + 1).keys()].map((done) => `${done}/${count}`),
  );
  assert.deepEqual([...new Set(half.weights.map(({ dtype }) => dtype))], ['F16']);
  assert.equal(half.fingerprint, base.fingerprint);
  const { header, close } = await openSafetensors(join(half.weightsFolder, 'model.safetensors'));
  await close();
  assert.ok(header.tensors.every(({ dtype }) => dtype === 'F16'));
  const [before, after] = [await readWeights(base), await readWeights(half)];
  for (const [name, { data }] of before) {
    const made = after.get(name)!.data;
    for (const [i, value] of data.entries()) assert.ok(Math.abs(value - made[i]!) <= 2 ** -25, name);
  }
  const again = await inBinary16(base, folder, () => assert.fail('written again'));
  assert.equal(again.weightsFolder, half.weightsFolder);
});

test('without bfloat16 weights, or with one that binary16 cannot hold, or in fewer bits it stays as it is', async () => {
  const single = await openBaseModel(join(fixturesFolder, 'tiny-llama'));
  assert.equal(await inBinary16(single, folder), single);
  const large = await bfloatLlama((weights) => {
    [...weights.values()][0]!.data[0] = 1e5;
  });
  assert.equal(await inBinary16(large, folder), large);
  const [left] = (await readdir(join(folder, 'precision'))).map((name) => join(folder, 'precision', name));
  assert.deepEqual(await readdir(left!), []);
  const fewer = await withPrecision(large, '8bit', folder);
  assert.equal(await inBinary16(fewer, folder), fewer);
});
