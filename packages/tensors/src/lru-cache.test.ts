// The bound holds, the least recently used goes first, and one giant does not sweep out the others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLruCache } from './lru-cache.ts';

const cacheOf = (limit: number, largest?: number) =>
  createLruCache<Uint8Array>({
    limit,
    ...(largest === undefined ? {} : { largest }),
    sizeOf: ({ byteLength }) => byteLength,
  });

test('the least recently used goes first; a giant is not kept, and what was under its key goes', () => {
  const cache = cacheOf(100, 60);
  cache.put('a', new Uint8Array(40));
  cache.put('b', new Uint8Array(40));
  assert.equal(cache.get('a')?.length, 40);
  cache.put('c', new Uint8Array(40));
  assert.deepEqual([cache.get('b'), cache.get('a')?.length, cache.bytes], [undefined, 40, 80]);
  cache.put('a', new Uint8Array(61));
  assert.deepEqual([cache.get('a'), cache.get('c')?.length, cache.bytes], [undefined, 40, 40]);
});

test('whatever is put, the bytes are those of what is there, within the limit', () => {
  const puts = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(70)));
  fc.assert(
    fc.property(puts, (all) => {
      const cache = cacheOf(100);
      for (const [key, size] of all) cache.put(key, new Uint8Array(size));
      const there = ['a', 'b', 'c', 'd'].map((key) => cache.get(key)?.length ?? 0);
      assert.equal(
        cache.bytes,
        there.reduce((sum, size) => sum + size, 0),
      );
      assert.ok(cache.bytes <= 100);
    }),
  );
});
