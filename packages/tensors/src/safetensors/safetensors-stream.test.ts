import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Tensor, type TensorMap, tensor } from '../tensor.ts';
import { anyMaps, exactMaps } from '../testing-arbitraries.ts';
import { encode } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { readSafetensors, type StreamLimits } from './safetensors-stream.ts';
import { hostileFiles } from './testing-hostile-files.ts';

const limits: StreamLimits = { maxBytes: 1_000_000 };
const two: TensorMap = new Map([
  ['a', tensor([3], [1, 2, 3])],
  ['b', tensor([2, 2], [4, 5, 6, 7])],
]);

/** Hands bytes out in pieces cut at `cuts` (fractions of the length) and counts what was taken. */
function source(bytes: Uint8Array, cuts: readonly number[] = []) {
  const state = { taken: 0, closed: false };
  async function* pieces() {
    try {
      const places = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort(
        (a, b) => a - b,
      );
      for (const end of places) {
        const piece = bytes.slice(state.taken, end);
        state.taken = end;
        yield piece;
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, pieces: pieces() };
}

async function collect(stream: AsyncIterable<Uint8Array>, within: StreamLimits = limits): Promise<TensorMap> {
  const { tensors } = await readSafetensors(stream, within);
  const map = new Map<string, Tensor>();
  for await (const { info, data } of tensors) map.set(info.name, { shape: info.shape, data });
  return map;
}

const refusedWith = (code: string) => (error: unknown) =>
  error instanceof SafetensorsError && error.code === code;
const sorted = (map: TensorMap) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const anyCuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

test('chunks may be cut anywhere, empty ones included', async () => {
  await fc.assert(
    fc.asyncProperty(anyMaps, anyCuts, async (map, cuts) => {
      const { state, pieces } = source(encode(map), cuts);
      assert.deepEqual(sorted(await collect(pieces)), sorted(map));
      assert.ok(state.closed);
    }),
  );
});

test('a stream of single bytes, in each float format', async () => {
  await fc.assert(
    fc.asyncProperty(exactMaps, fc.constantFrom('F32', 'F16', 'BF16'), async (map, dtype) => {
      const bytes = encode(map, { dtype });
      const everywhere = Array.from(bytes, (_, i) => i / bytes.length);
      assert.deepEqual(sorted(await collect(source(bytes, everywhere).pieces)), sorted(map));
    }),
    { numRuns: 30 },
  );
});

test('hostile files are refused and their source is released', async () => {
  for (const { what, code, streamCode, bytes } of hostileFiles) {
    const { state, pieces } = source(bytes, [0.3, 0.6]);
    await assert.rejects(collect(pieces), refusedWith(streamCode ?? code), what);
    assert.ok(state.closed || state.taken === 0, `${what}: source left open`);
  }
});

test('a stream cut anywhere is refused as truncated', async () => {
  const bytes = encode(two);
  for (let length = 0; length < bytes.length; length += 1) {
    await assert.rejects(collect(source(bytes.slice(0, length), [0.5]).pieces), refusedWith('truncated'));
  }
});

test('tensors are handed out before later bytes are taken', async () => {
  const bytes = encode(two);
  const { state, pieces } = source(
    bytes,
    Array.from(bytes, (_, i) => i / bytes.length),
  );
  const { header, tensors } = await readSafetensors(pieces, limits);
  assert.ok(state.taken <= header.dataStart + 1, 'the header needs no tensor bytes');
  for await (const { info } of tensors) {
    assert.ok(state.taken <= info.offset + info.length + 1, `${info.name} came late`);
  }
});

test('what is too large is refused by the header alone', async () => {
  const bytes = encode(two);
  const first = async (within: StreamLimits) => {
    const { state, pieces } = source(
      bytes,
      Array.from(bytes, (_, i) => i / bytes.length),
    );
    await assert.rejects(readSafetensors(pieces, within), (error) => {
      assert.ok(error instanceof SafetensorsError && ['too-large', 'header-length'].includes(error.code));
      return true;
    });
    assert.ok(state.closed && state.taken <= bytes.length - 28);
  };
  await first({ maxBytes: bytes.length - 1 });
  await first({ maxBytes: 20 });
  await first({ maxBytes: 4 });
  await first({ ...limits, maxHeaderBytes: 10 });
  assert.equal((await collect(source(bytes).pieces, { maxBytes: bytes.length })).size, 2);
});

test('leaving the loop early releases the source', async () => {
  const { state, pieces } = source(encode(two), [0.2, 0.8, 0.9]);
  const { tensors } = await readSafetensors(pieces, limits);
  for await (const _ of tensors) break;
  assert.ok(state.closed);
});

test('an error of the source comes through as it is', async () => {
  const broken = new Error('connection reset');
  async function* pieces() {
    yield encode(two).subarray(0, -6);
    throw broken;
  }
  await assert.rejects(collect(pieces()), broken);
});
