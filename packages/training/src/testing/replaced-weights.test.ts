// A large model's folder is removed, or another model is put in its place, while a member trains on it: the steps go on as they
// began, and nothing stays open after them.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { type Reference, readReference } from '@colora/models/testing-references';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { lean, onnxEngine } from '../engines/onnx-engine.ts';
import { modelParts } from '../programs/model-parts.ts';
import { parameterInputs } from '../programs/parameter-inputs.ts';
import { trainingProgram } from '../programs/programs.ts';
import { recipe } from './testing-models.ts';

const usual = lean.beyond;
let folder: string;
let reference: Reference;
before(async () => {
  lean.beyond = 0;
  folder = await mkdtemp(join(tmpdir(), 'colora-replaced-'));
  reference = await readReference('tiny-llama', 'core');
});
after(async () => {
  lean.beyond = usual;
  await rm(folder, { recursive: true });
});

/** A model in a folder of its own, and a step on it with all of its inputs. */
async function stepOn(name: string) {
  const model = join(folder, name);
  await cp(reference.model.folder, model, { recursive: true });
  const settings = await recipe(
    { task: { kind: 'causal-lm' }, adapter: reference.settings as TaskSettingsInput['adapter'] },
    reference.model.folder,
  );
  const parts = modelParts(await openBaseModel(model), settings, []);
  const { size, length, ids, mask } = reference.batch;
  const rows = Int32Array.from({ length: size }, (_, i) => i * length);
  const inputs = {
    ids,
    mask,
    rows,
    targets: rows.map((row) => ids[row + 1]!),
    weights: new Float32Array(size).fill(1 / size),
    ...parameterInputs(parts, reference.trained),
  };
  const program = trainingProgram(parts, 'shared', { size, tokens: length, targets: 1 });
  return { file: join(model, 'model.safetensors'), model, program, inputs };
}

const openFiles = () => readdirSync('/proc/self/fd').length;

test('a step gives the same when other weights lie in their place by then, and when none do', {
  skip: process.platform === 'win32' && 'an open file keeps its name there',
}, async () => {
  const { file, model, program, inputs } = await stepOn('replaced');
  const engine = onnxEngine({ device: 'cpu', threads: 1, prefixBytes: 0 });
  const compiled = await engine.compile(program);
  const undisturbed = await compiled.run(inputs);
  const others = await readFile(file);
  others.fill(0, 8 + Number(others.readBigUInt64LE()));
  await rm(file);
  await writeFile(file, others);
  assert.deepEqual(await compiled.run(inputs), undisturbed);
  const replaced = onnxEngine({ device: 'cpu', threads: 1 });
  assert.notDeepEqual(await (await replaced.compile(program)).run(inputs), undisturbed);
  await rm(model, { recursive: true });
  assert.deepEqual(await compiled.run(inputs), undisturbed);
  await Promise.all([engine.dispose(), replaced.dispose()]);
  await assert.rejects(async () => compiled.run(inputs));
});

test('no file of weights stays open after the engine, nor after a program that was not compiled', {
  skip: process.platform !== 'linux',
}, async () => {
  const { file, program, inputs } = await stepOn('closed');
  const engine = onnxEngine({ device: 'cpu', threads: 1 });
  const none = openFiles();
  for (const key of ['one', 'other']) {
    const compiled = await engine.compile({ ...program, key });
    await compiled.run(inputs);
    assert.equal(openFiles(), none + 1); // of both programs
  }
  await engine.dispose();
  assert.equal(openFiles(), none);

  const failing = onnxEngine({ device: 'cpu', threads: 1 });
  await writeFile(file, (await readFile(file)).subarray(0, 100));
  await assert.rejects(failing.compile(program));
  assert.equal(openFiles(), none);
  await failing.dispose();
});
