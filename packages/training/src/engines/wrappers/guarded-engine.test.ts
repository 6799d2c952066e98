// A device that breaks down in mid-run: the numbers stay right, and it is said. No device can be made to vanish on
// command, so an engine stands in whose runs are the processor's until a given one.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { TrainingError } from '../../training-error.ts';
import type { Engine, Outputs, Program } from '../engine.ts';
import { onnxEngine } from '../onnx-engine.ts';
import { guardedEngine } from './guarded-engine.ts';

const processor = onnxEngine({ device: 'cpu', threads: 1 });
after(() => processor.dispose());

const square: Program = {
  key: 'square',
  base: { weightsFolder: '.', weights: [] },
  inputs: [{ name: 'x', shape: [2], dtype: 'float32' }],
  varying: new Set(['x']),
  batch: 1,
  build: ({ x }) => ({ y: tf.square(x!) }),
};

/** Right until the run of this number (from 1), from then on `breakDown` has its way. */
function failingAt(run: number, breakDown: (outputs: Outputs) => Outputs): Engine {
  let runs = 0;
  return {
    name: 'onnx',
    device: 'webgpu',
    compile: async (program) => {
      const compiled = await processor.compile(program);
      return {
        run: async (inputs, keys) => {
          runs += 1;
          const outputs = await compiled.run(inputs, keys);
          return runs < run ? outputs : breakDown(outputs);
        },
      };
    },
    dispose: async () => undefined,
  };
}

async function squares(device: Engine) {
  const log: string[] = [];
  const engine = guardedEngine(device, processor, (line) => log.push(line));
  const compiled = await engine.compile(square);
  const results: number[][] = [];
  for (const x of [1, 2, 3, 4]) {
    results.push([...(await compiled.run({ x: Float32Array.of(x, x) })).y!.data]);
  }
  return { log, results, device: engine.device };
}

const right = [1, 4, 9, 16].map((value) => [value, value]);
const filled = (value: number) => (outputs: Outputs) =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, { shape, data }]) => [name, { shape, data: data.map(() => value) }]),
  );

for (const [what, breakDown, says] of [
  [
    'throws',
    () => assert.fail('device lost'),
    /webgpu stopped working \(device lost\); going on with the processor/,
  ],
  ['gives NaN', filled(Number.NaN), /no numbers, or all zero/],
  ['gives zeros', filled(0), /no numbers, or all zero/],
] as const) {
  test(`a device that ${what} from the third run on is left, said once`, async () => {
    const { log, results, device } = await squares(failingAt(3, breakDown));
    assert.deepEqual(results, right);
    assert.equal(device, 'cpu');
    assert.equal(log.length, 1);
    assert.match(log[0]!, says);
  });
}

test('a device that works is never left', async () => {
  const { log, results, device } = await squares(failingAt(9, filled(0)));
  assert.deepEqual([log, results, device], [[], right, 'webgpu']);
});

test('a result that really is no number, or zero, is no reason to leave a device', async () => {
  const log: string[] = [];
  const engine = guardedEngine(failingAt(9, filled(0)), processor, (line) => log.push(line));
  const compiled = await engine.compile(square);
  assert.deepEqual([...(await compiled.run({ x: Float32Array.of(0, 0) })).y!.data], [0, 0]);
  assert.ok(Number.isNaN((await compiled.run({ x: Float32Array.of(Number.NaN, 1) })).y!.data[0]));
  assert.deepEqual([log, engine.device], [[], 'webgpu']);
});

test('a device that cannot compile a program is left; wrong input is the caller’s', async () => {
  const log: string[] = [];
  const broken: Engine = {
    ...failingAt(9, filled(0)),
    compile: async () => Promise.reject(new Error('out of memory\nat some place')),
  };
  const engine = guardedEngine(broken, processor, (line) => log.push(line));
  const compiled = await engine.compile(square);
  assert.deepEqual([...(await compiled.run({ x: Float32Array.of(3, 2) })).y!.data], [9, 4]);
  assert.match(log.join(), /out of memory\)/);
  const working = await guardedEngine(failingAt(9, filled(0)), processor, () => undefined).compile(square);
  await assert.rejects(working.run({}), TrainingError);
});
