// What no wrapper may lose: everything that an engine can, on a real one.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { CompiledProgram, Engine, Program } from '../engine.ts';
import { onnxEngine } from '../onnx-engine.ts';
import { guardedEngine } from './guarded-engine.ts';
import { openPace, pacedEngine } from './paced-engine.ts';
import { recomputingEngine } from './recomputing-engine.ts';
import { stopFlag, stoppableEngine } from './stoppable-engine.ts';
import { wrapEngine } from './wrap-engine.ts';

const inner = wrapEngine(onnxEngine({ device: 'cpu', threads: 1 }), { half: 'F16' });
const spare = onnxEngine({ device: 'cpu', threads: 1 });
after(() => Promise.all([inner.dispose(), spare.dispose()]));

const square: Program = {
  key: 'square',
  base: { weightsFolder: '.', weights: [] },
  inputs: [{ name: 'x', shape: [2], dtype: 'float32' }],
  varying: new Set(['x']),
  batch: 1,
  build: ({ x }) => ({ y: tf.square(x!) }),
};

// a new member of either interface has to be named here
const engineMembers: Readonly<Record<keyof Engine, true>> = {
  name: true,
  device: true,
  half: true,
  compile: true,
  memoryOf: true,
  dispose: true,
};
const programMembers: Readonly<Record<keyof CompiledProgram, true>> = { run: true };

const wrappers: Readonly<Record<string, (engine: Engine) => Engine>> = {
  paced: (engine) => pacedEngine(engine, openPace(), 1, stopFlag()),
  stoppable: (engine) => stoppableEngine(engine, stopFlag()),
  recomputing: recomputingEngine,
  guarded: (engine) => guardedEngine(engine, spare, () => undefined),
};

for (const [name, wrap] of Object.entries(wrappers)) {
  test(`a ${name} engine keeps every member, memoryOf included, and its programs theirs`, async () => {
    const engine = wrap(inner);
    const compiled = await engine.compile(square);
    const program = await inner.compile(square);
    assert.deepEqual(typesOf(engine, engineMembers), typesOf(inner, engineMembers));
    assert.deepEqual(typesOf(compiled, programMembers), typesOf(program, programMembers));
    assert.deepEqual([engine.name, engine.device, engine.half], [inner.name, inner.device, inner.half]);
    assert.deepEqual(engine.memoryOf!(square), inner.memoryOf!(square));
    assert.deepEqual([...(await compiled.run({ x: Float32Array.of(3, 2) })).y!.data], [9, 4]);
  });
}

function typesOf<T extends object>(thing: T, members: Readonly<Record<keyof T, true>>): string[] {
  return Object.keys(members).map((member) => `${member}: ${typeof thing[member as keyof T]}`);
}
