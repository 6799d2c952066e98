// Whoever opens an engine or a trainer has float32 products on CUDA, unless they asked for TF32 themselves. What a card
// then computes is references.test.ts with COLORA_TEST_DEVICES=cuda.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { startTrainer } from '../trainer.ts';
import { onnxEngine } from './onnx-engine.ts';

const variable = 'NVIDIA_TF32_OVERRIDE';
afterEach(() => {
  delete process.env[variable];
});

test('an engine on cuda keeps float32', async () => {
  await onnxEngine({ device: 'cuda', threads: 1 }).dispose();
  assert.equal(process.env[variable], '0');
});

test('a trainer sets it before its thread starts, which cannot set it for the process', async () => {
  await (await startTrainer({ engine: 'onnx', device: 'cpu', threads: 1 })).close();
  assert.equal(process.env[variable], '0');
});

test('a choice of one’s own is kept', async () => {
  process.env[variable] = '1';
  await onnxEngine({ device: 'cuda', threads: 1 }).dispose();
  await (await startTrainer({ engine: 'onnx', device: 'cpu', threads: 1 })).close();
  assert.equal(process.env[variable], '1');
});
