import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { minimumVertexCut, type Vertices } from './min-cut.ts';

function separates({ edges, sources, sinks }: Vertices, cut: ReadonlySet<number>): boolean {
  const queue = sources.filter((v) => !cut.has(v));
  const reached = new Set(queue);
  for (const at of queue) {
    for (const [from, to] of edges) {
      if (from !== at || cut.has(to) || reached.has(to)) continue;
      reached.add(to);
      queue.push(to);
    }
  }
  return !sinks.some((v) => reached.has(v));
}

/** The price of the best of all subsets. */
function bruteForce(vertices: Vertices): number {
  const { prices } = vertices;
  let best = Infinity;
  for (let subset = 0; subset < 2 ** prices.length; subset++) {
    const cut = new Set(prices.flatMap((_, v) => ((subset >> v) & 1 ? [v] : [])));
    const price = [...cut].reduce((sum, v) => sum + prices[v]!, 0);
    if (price < best && separates(vertices, cut)) best = price;
  }
  return best;
}

const size = 7;
const vertex = fc.integer({ min: 0, max: size - 1 });
const vertices: fc.Arbitrary<Vertices> = fc.record({
  prices: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: size, maxLength: size }),
  edges: fc
    .array(fc.tuple(vertex, vertex), { maxLength: 14 })
    .map((pairs) => pairs.filter(([from, to]) => from < to)),
  sources: fc.uniqueArray(vertex, { maxLength: 3 }),
  sinks: fc.uniqueArray(vertex, { maxLength: 3 }),
});

test('the cut separates and no subset of vertices does so more cheaply', () => {
  fc.assert(
    fc.property(vertices, (given) => {
      const cut = minimumVertexCut(given);
      assert.ok(separates(given, new Set(cut)));
      assert.equal(
        cut.reduce((sum, v) => sum + given.prices[v]!, 0),
        bruteForce(given),
      );
    }),
    { numRuns: 200 },
  );
});

test('of equal cuts the one nearest to the sink is taken', () => {
  const chain = {
    prices: [5, 5, 5],
    edges: [
      [0, 1],
      [1, 2],
    ] as const,
    sources: [0],
    sinks: [2],
  };
  assert.deepEqual(minimumVertexCut(chain), [2]);
});

test('only infinite prices between source and sink is an error', () => {
  const chain = { prices: [Infinity, Infinity], edges: [[0, 1]] as const, sources: [0], sinks: [1] };
  assert.throws(() => minimumVertexCut(chain), RangeError);
});
