// The decoding program: any number of new tokens after a cache of any size, on both engines, and what scoring with the
// output matrix in bytes does to the scores.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type BaseModel, openBaseModel, outputMatrix } from '@colora/models/base-model';
import { withPrecision } from '@colora/models/quantised-base';
import { isOutputSlice, withQuantisedOutput } from '@colora/models/quantised-output';
import { fixturesFolder } from '@colora/models/testing-references';
import type { Engine } from '../engines/engine.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { tfjsEngine } from '../engines/tfjs-engine.ts';
import { relativeDifference } from '../testing/testing-models.ts';
import { decodeProgram } from './decode-programs.ts';
import { kvCache } from './kv-cache.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-output-'));
const onnx = onnxEngine({ device: 'cpu', threads: 1 });
after(async () => {
  await onnx.dispose();
  await rm(folder, { recursive: true });
});

/** Scores after each of the pieces, read one after the other into a cache that grows once. */
async function scoresAfter(engine: Engine, base: BaseModel, pieces: readonly number[][]): Promise<number[]> {
  const compiled = await engine.compile(decodeProgram(base, null));
  let cache = kvCache(base.family.decoder!.cacheShape(base.config), 8);
  const scores: number[] = [];
  for (const ids of pieces) {
    const past = cache.ids.length;
    if (past + ids.length > cache.capacity) cache = cache.grown(32);
    const mask = new Float32Array(cache.capacity + ids.length).fill(1, 0, past).fill(1, cache.capacity);
    const outputs = await compiled.run({
      ids: Int32Array.from(ids),
      positions: Int32Array.from(ids, (_, i) => past + i),
      mask,
      last: Int32Array.of(ids.length - 1),
      ...cache.inputs,
    });
    cache.append(ids, outputs);
    scores.push(...outputs.logits!.data);
  }
  return scores;
}

const pieces = [[1, 43, 47, 61, 38], [42], [9], [23, 31, 34, 12], [40]];

for (const name of ['tiny-mistral', 'tiny-gemma3-text', 'tiny-gpt2']) {
  test(`${name}: one compiled program reads pieces of every length into caches of every size as tfjs does`, async () => {
    const base = await openBaseModel(fixturesFolder + name);
    const eager = await tfjsEngine(() => undefined, ['cpu']);
    const expected = await scoresAfter(eager, base, pieces);
    assert.ok(relativeDifference(await scoresAfter(onnx, base, pieces), expected) < 1e-5);
    await eager.dispose();
  });
}

test('only a base in fewer bits is scored in bytes, tied or not; each score is then a hundredth off at most', async () => {
  for (const name of ['tiny-mistral', 'tiny-qwen2', 'tiny-gpt2']) {
    const stored = await openBaseModel(fixturesFolder + name);
    assert.equal(await withQuantisedOutput(stored), stored);
    for (const precision of ['8bit', '4bit'] as const) {
      const base = await withPrecision(stored, precision, folder);
      const scored = await withQuantisedOutput(base);
      const added = scored.weights.filter(isOutputSlice);
      assert.deepEqual(
        added.map(({ shape }) => shape),
        [outputMatrix(stored)!.shape],
      );
      const named = (model: BaseModel, what: string) => ({
        ...model,
        folder: `${model.folder} ${precision} ${what}`,
      });
      const before = await scoresAfter(onnx, named(base, 'stored'), pieces);
      const inBytes = await scoresAfter(onnx, named(scored, 'bytes'), pieces);
      const difference = relativeDifference(inBytes, before);
      assert.ok(difference > 0 && difference < 0.01, `${name} ${precision}: ${difference}`);
    }
  }
});

test('slices of the output matrix score what the whole does', async () => {
  const stored = await openBaseModel(`${fixturesFolder}tiny-qwen2`);
  const base = await withPrecision(stored, '8bit', folder);
  const [rows, width] = outputMatrix(stored)!.shape as [number, number];
  const scores: number[][] = [];
  for (const [count, sliceBytes] of [
    [1, rows * width],
    [4, Math.ceil(rows / 4 + 1) * width],
  ] as const) {
    const scored = await withQuantisedOutput(base, sliceBytes);
    assert.equal(scored.weights.filter(isOutputSlice).length, count);
    scores.push(await scoresAfter(onnx, { ...scored, folder: `${scored.folder} in ${count}` }, pieces));
  }
  assert.equal(scores[0]!.length, pieces.length * rows);
  assert.ok(relativeDifference(scores[1]!, scores[0]!) < 1e-6);
});
