import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { ExternalTensor } from '../graph.ts';
import { weightBytes } from '../memory/peak-memory.ts';
import { fuse } from '../passes/optimise.ts';
import { kernelsInOrder } from '../testing/kernels-in-order.ts';
import { runGraph } from '../testing/run-graph.ts';
import { traceFunction } from '../trace.ts';
import { emitOnnx } from './emit.ts';

/** Numbers that 16-bit types hold exactly: quarters, as [rows, columns]. */
const rows = 5;
const columns = 4;
const numbers = Float32Array.from({ length: rows * columns }, (_, i) => (i - 7) / 4);

function toF16(number: number): number {
  if (number === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(number)));
  const mantissa = Math.round((Math.abs(number) / 2 ** exponent - 1) * 1024);
  return (number < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | mantissa;
}

function toBf16(number: number): number {
  return new Uint32Array(Float32Array.of(number).buffer)[0]! >>> 16;
}

const stored = {
  F32: Buffer.from(numbers.buffer),
  F16: Buffer.from(Uint16Array.from(numbers, toF16).buffer),
  BF16: Buffer.from(Uint16Array.from(numbers, toBf16).buffer),
};

const folder = await mkdtemp(join(tmpdir(), 'external-weights-'));
after(() => rm(folder, { recursive: true }));

/** A safetensors file of the three: 8 bytes of header length, JSON, data. */
async function writeSafetensors(): Promise<ExternalTensor[]> {
  let offset = 0;
  const entries = Object.entries(stored).map(([dtype, bytes]) => {
    const data_offsets = [offset, offset + bytes.length];
    offset += bytes.length;
    return [`table.${dtype}`, { dtype, shape: [rows, columns], data_offsets }] as const;
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(
    join(folder, 'model.safetensors'),
    Buffer.concat([length, header, ...Object.values(stored)]),
  );
  return entries.map(([name, { dtype, shape, data_offsets }]) => ({
    name,
    shape,
    dtype: dtype as ExternalTensor['dtype'],
    file: 'model.safetensors',
    offset: 8 + header.length + data_offsets[0]!,
    length: data_offsets[1]! - data_offsets[0]!,
  }));
}

const externals = await writeSafetensors();

for (const external of externals) {
  test(`${external.dtype} weights are read out of their safetensors file: products and rows`, async () => {
    const graph = traceFunction(
      [
        { name: 'x', shape: [2, columns], dtype: 'float32' },
        { name: 'ids', shape: [3], dtype: 'int32' },
      ],
      externals,
      ({ x, ids }, weights) => {
        const table = weights[external.name]!;
        return {
          forward: tf.matMul(x!, table, false, true),
          gradient: tf.grad((given: tf.Tensor) => tf.sum(tf.square(tf.matMul(given, table, false, true))))(
            x!,
          ),
          rows: tf.gather(table, ids!),
        };
      },
    );
    const x = Float32Array.from({ length: 2 * columns }, (_, i) => i - 3);
    const results = await runGraph(graph, { x, ids: Int32Array.of(4, 0, 4) }, folder);
    const at = (row: number, column: number) => numbers[row * columns + column]!;
    for (let i = 0; i < 2; i++) {
      for (let row = 0; row < rows; row++) {
        const expected = Array.from({ length: columns }, (_, c) => x[i * columns + c]! * at(row, c));
        assert.equal(
          results.forward!.data[i * rows + row],
          expected.reduce((sum, term) => sum + term),
        );
      }
    }
    const chosen = [4, 0, 4].flatMap((row) => Array.from({ length: columns }, (_, c) => at(row, c)));
    assert.deepEqual([...results.rows!.data], chosen);
    assert.equal(results.gradient!.data.length, x.length);
  });
}

test('rows cut out of a weight are read where they lie, and nothing is copied', async () => {
  const [x, ids] = [Float32Array.from({ length: columns }, (_, i) => i - 1), Int32Array.of(1, 0)];
  for (const external of externals) {
    const graph = fuse(
      traceFunction(
        [
          { name: 'x', shape: [1, columns], dtype: 'float32' },
          { name: 'ids', shape: [2], dtype: 'int32' },
        ],
        [external],
        ({ x, ids }, weights) => {
          const table = weights[external.name] as tf.Tensor2D;
          return {
            last: tf.matMul(x!, tf.slice(table, [3, 0], [2, columns]), false, true),
            chosen: tf.gather(tf.slice(table, [1, 0], [2, columns]), ids!),
            all: tf.matMul(x!, table, false, true),
            narrow: tf.matMul(tf.slice(x!, [0, 1], [1, 2]), tf.slice(table, [0, 1], [rows, 2]), false, true),
          };
        },
      ),
      true,
    );
    assert.deepEqual(graph.externals.map(({ tensor }) => tensor.name).toSorted(), [
      external.name,
      `${external.name}[1:3]`,
      `${external.name}[3:5]`,
    ]);
    assert.equal(
      weightBytes(graph),
      external.length + 4 * (external.length / rows),
      'rows are mapped beside the whole',
    );
    const results = await runGraph(graph, { x, ids }, folder);
    const dot = (row: number, from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => x[from + i]! * numbers[row * columns + from + i]!).reduce(
        (sum, term) => sum + term,
      );
    assert.deepEqual([...results.last!.data], [dot(3, 0, columns), dot(4, 0, columns)]);
    assert.deepEqual(
      [...results.chosen!.data],
      [8, 9, 10, 11, 4, 5, 6, 7].map((i) => numbers[i]),
    );
    assert.deepEqual(
      [...results.narrow!.data],
      Array.from({ length: rows }, (_, row) => dot(row, 1, 3)),
    );
  }
});

for (const half of externals.filter(({ dtype }) => dtype !== 'F32')) {
  test(`no float32 copy of a ${half.dtype} weight is there longer than the products beside it`, async () => {
    const layers = 12;
    const square = { ...half, shape: [columns, columns], length: 2 * columns * columns };
    const weights = Array.from({ length: layers }, (_, i) => ({
      ...square,
      name: `layer ${i}`,
      offset: square.offset + 2 * (i % 4),
    }));
    const graph = traceFunction(
      [{ name: 'x', shape: [2, columns], dtype: 'float32' }],
      weights,
      ({ x }, given) => {
        const loss = (rows: tf.Tensor) =>
          tf.sum(
            weights.reduce((value, { name }) => tf.tanh(tf.matMul(value, given[name]!, false, true)), rows),
          );
        const { value, grad } = tf.valueAndGrad(loss)(x!);
        return { value, grad };
      },
    );
    const order = await kernelsInOrder(graph, { x: new Float32Array(2 * columns).fill(0.5) }, folder);
    const casts = order.flatMap(({ kernel }, place) => (kernel === 'Cast' ? [place] : []));
    assert.ok(
      casts.length > 1.5 * layers,
      'one for the forward pass, one for the backward pass, but for the last layers',
    );
    for (const place of casts) assert.match(order[place + 1]!.kernel, /MatMul|Gemm/);
  });
}

test('weights nothing uses are not in the model, and none are copied into it', () => {
  const graph = traceFunction(
    [{ name: 'x', shape: [2, columns], dtype: 'float32' }],
    externals,
    ({ x }, weights) => ({
      y: tf.matMul(x!, weights['table.F32']!, false, true),
    }),
  );
  assert.deepEqual(
    graph.externals.map(({ tensor }) => tensor.name),
    ['table.F32'],
  );
  const bytes = Buffer.from(emitOnnx(graph));
  assert.ok(bytes.includes('model.safetensors'));
  assert.equal(bytes.includes(stored.F32), false);
});
