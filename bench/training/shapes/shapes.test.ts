// The benchmark of large shapes: the shapes are those of the real models, and a run on the tiny one measures every step in a
// process of its own, finds equal losses and leaves nothing behind.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openBaseModel } from '@colora/models/base-model';
import { readModelConfig } from '@colora/models/families/read-model-config';
import { elementCount } from '@colora/tensors/tensor';
import { modelShapes } from './model-shapes.ts';
import { writeRandomModel } from './random-model.ts';

const bench = fileURLToPath(new URL(`../../training${extname(import.meta.url)}`, import.meta.url));

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-shapes-'));
});
after(() => rm(folder, { recursive: true, force: true }));

// as the models' cards count them
for (const [name, parameters] of [
  ['llama-3.2-1b', 1_235_814_400],
  ['qwen2.5-0.5b', 494_032_768],
  ['qwen2.5-1.5b', 1_543_714_304],
  ['gemma-3-1b', 999_885_952],
] as const) {
  test(`${name} has the real model's number of parameters`, () => {
    const { family, config } = readModelConfig(modelShapes[name]);
    const counted = family.weights(config).reduce((sum, { shape }) => sum + elementCount(shape), 0);
    assert.equal(counted, parameters);
  });
}

test('a drawn model opens, and is the same whenever it is drawn', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  const bytes = await writeRandomModel(modelShapes.tiny!, one);
  await writeRandomModel(modelShapes.tiny!, two);
  const base = await openBaseModel(one);
  assert.equal(bytes, 2 * base.weights.reduce((sum, { shape }) => sum + elementCount(shape), 0));
  assert.equal(base.fingerprint, (await openBaseModel(two)).fingerprint);
});

test('the tiny shape: each step is measured, announced and compared, and nothing is left behind', async () => {
  const temporary = join(folder, 'temporary');
  await mkdir(temporary);
  const json = join(folder, 'results.json');
  const only = 'tiny 1x128-qv-r8 onnx,tiny 1x128-qv-r8 tfjs';
  const flags = ['--shapes', 'tiny', '--only', only, '--repeats', '1', '--json', json];
  const env = { ...process.env, TMPDIR: temporary, TMP: temporary };
  await promisify(execFile)(process.execPath, [...process.execArgv, bench, ...flags], { env });
  const { results } = JSON.parse(await readFile(json, 'utf8'));
  const names = results.map(({ implementation }: { implementation: string }) => implementation);
  assert.deepEqual(names, ['onnx-f32', 'onnx-8bit', 'onnx-4bit', 'onnx-f32-recompute', 'tfjs-f32']);
  for (const { implementation, median, unit, peakMemoryMB, figures } of results) {
    assert.equal(unit, 'CPU s');
    assert.ok(median > 0 && figures['wall s'] > 0 && peakMemoryMB > 0);
    assert.equal(figures['announced MB'] > 0, implementation.startsWith('onnx'), 'tfjs announces nothing');
    const off = figures['gradient off'];
    assert.ok(
      implementation.includes('f32') ? off < 1e-4 : off > 1e-4 && off < 1,
      `${implementation}: ${off}`,
    );
    assert.ok(Math.abs(figures.loss - results[0].figures.loss) < 0.05);
  }
  const left = (await readdir(temporary)).filter((name) => !name.startsWith('tsx-'));
  assert.deepEqual(left, []);
});

test('a shape that is not there is named with those that are', async () => {
  const wrong = promisify(execFile)(process.execPath, [...process.execArgv, bench, '--shapes', 'llama-9b']);
  await assert.rejects(wrong, /there is no shape llama-9b: use llama-3\.2-1b, /);
});
