// What a round's aggregation costs by itself, without a database. First the mean over stored pieces as the coordinator
// takes it (bytes of a piece in, values out, one contribution at a time), beside reading all contributions before
// averaging and beside a plain copy of the same bytes: GB/s of encoded bytes. Then every rule over the same round of
// 32 contributions of 1.2 MB each in memory: ms a round.
// Run: node --import tsx bench/aggregation.ts --json FILE

import { contributionsInMemory } from '@colora/aggregation/contributions-in-memory';
import { chooseRule } from '@colora/aggregation/rules/choose-rule';
import { mean } from '@colora/aggregation/rules/mean';
import { runRule } from '@colora/aggregation/run-rule';
import { aggregationRuleSchema } from '@colora/protocol/aggregation-settings';
import { planPieces } from '@colora/tensors/pieces';
import { seededRandom } from '@colora/tensors/random';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { type Measured, measure, report } from './report.ts';

/** An update of so many tensors of 65,536 float32 values, 0.26 MB each. */
function randomUpdate(tensors: number, seed: string): TensorMap {
  const random = seededRandom(seed);
  return new Map(
    Array.from({ length: tensors }, (_, i) => [
      `layers.${i}.mlp.fc1.shared.A`,
      { shape: [8, 8192], data: Float32Array.from({ length: 65_536 }, () => random.next() - 0.5) },
    ]),
  );
}

/** As from a store: the bytes of a piece's ranges of one contribution after the other. */
async function meanOfPieces(schema: TensorMap, encoded: Uint8Array, count: number): Promise<TensorMap> {
  const pieces = planPieces([...schema].map(([name, { shape }]) => ({ name, shape })));
  const header =
    encoded.byteLength - 4 * [...schema.values()].reduce((sum, { data }) => sum + data.length, 0);
  let offset = header;
  const starts = new Map<string, number>();
  for (const [name, { data }] of schema) {
    starts.set(name, offset);
    offset += 4 * data.length;
  }
  const { update } = await runRule(
    mean,
    {
      schema,
      pieces,
      senders: Array.from({ length: count }, (_, k) => ({ weight: k + 1, staleness: 0, norm: 1 })),
      async *rows({ ranges }) {
        for (let k = 0; k < count; k += 1) {
          yield ranges.map(({ name, from, to }) => {
            const start = starts.get(name)!;
            return new Float32Array(encoded.slice(start + 4 * from, start + 4 * to).buffer);
          });
        }
      },
    },
    new Map(),
  );
  return update;
}

/** What one would write first: every contribution in memory, then the mean, element by element. */
function readAllThenAverage(encoded: Uint8Array, count: number): TensorMap {
  const all = Array.from({ length: count }, (_, k) => ({ weight: k + 1, tensors: decode(encoded).tensors }));
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const means = new Map<string, Tensor>();
  for (const [name, { shape, data }] of all[0]!.tensors) {
    const values = new Float32Array(data.length);
    const sent = all.map(({ weight, tensors }) => ({ weight, data: tensors.get(name)!.data }));
    for (let i = 0; i < values.length; i += 1) {
      let sum = 0;
      for (const contribution of sent) sum += contribution.weight * contribution.data[i]!;
      values[i] = sum / total;
    }
    means.set(name, { shape, data: values });
  }
  return means;
}

function copyAll(encoded: Uint8Array, count: number): void {
  for (let k = 0; k < count; k += 1) new Uint8Array(encoded.length).set(encoded);
}

async function measureMean(tensors: number, count: number): Promise<Measured[]> {
  const schema = randomUpdate(tensors, 'bench');
  const encoded = encode(schema);
  const implementations = [
    { name: 'mean', run: () => meanOfPieces(schema, encoded, count) },
    { name: 'read-all-then-average', run: () => readAllThenAverage(encoded, count) },
    { name: 'memcpy', run: () => copyAll(encoded, count) },
  ];
  return await measure(implementations, {
    case: `bytes-${count}x${Math.round(encoded.length / 1e6)}MB`,
    unit: 'GB/s',
    figure: (seconds) => (encoded.length * count) / 1e9 / seconds,
    repeats: 5,
  });
}

async function measureRules(count: number): Promise<Measured[]> {
  const schema = randomUpdate(5, 'schema');
  const round = contributionsInMemory(
    schema,
    Array.from({ length: count }, (_, k) => ({ weight: k + 1, tensors: randomUpdate(5, `of ${k}`) })),
  );
  let centre: TensorMap = new Map();
  const implementations = aggregationRuleSchema.options.map((name) => {
    const rule = chooseRule({ rule: name, trim: 0.1, byzantine: Math.floor(count / 4), radius: 100 });
    return {
      name,
      run: async () => {
        const { state } = await runRule(rule, round, name === 'centered-clipping' ? centre : new Map());
        centre = state;
      },
    };
  });
  return await measure(implementations, {
    case: `rules-${count}x1.2MB`,
    unit: 'ms',
    figure: (seconds) => seconds * 1000,
    repeats: 5,
  });
}

report([...(await measureMean(61, 8)), ...(await measureMean(61, 32)), ...(await measureRules(32))], 'mean');
