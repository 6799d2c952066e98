// Makes a committed round's checkpoint again from what is stored, and compares. Weighted mean and plain step are
// written here anew, in f64; other optimizers are the aggregation package's, from the stored state.
import { chooseServerOptimizer, type ServerOptimizerSettings } from '@colora/aggregation/choose-optimizer';
import { decode } from '@colora/tensors/safetensors';
import { type CheckpointRow, type ContributionRow, type GroupRow, type Query, readBlob } from './record.ts';
import { readStoredFile } from './stored-file.ts';

export interface ReplayedRound {
  readonly group: GroupRow;
  readonly number: number;
  readonly before: CheckpointRow;
  readonly after: CheckpointRow;
  /** In the order of their participants' ids. */
  readonly contributions: readonly ContributionRow[];
}

type Tensors = ReadonlyMap<string, ArrayLike<number>>;

/** A few roundings to f32 of values about 1. */
const tolerance = 2e-6;

/** Violations in words. */
export async function replayRound(query: Query, round: ReplayedRound): Promise<string[]> {
  const { group, number, before, after, contributions } = round;
  const files = [];
  for (const { blobId } of contributions) files.push(readStoredFile(await readBlob(query, blobId)));
  const weights = files.map(({ metadata }) =>
    group.settings.aggregation.weighting === 'examples' ? Number(metadata.examples) : 1,
  );
  const start = await readBlob(query, before.blobId);
  const update = weightedMean(
    files.map(({ tensors }) => tensors),
    weights,
  );
  const expected = await step(query, round, start, update);
  const stored = readStoredFile(await readBlob(query, after.blobId)).tensors;
  const apart = farthest(expected, stored);
  if (apart <= tolerance) return [];
  return [
    `checkpoint ${after.version} of ${group.name} is not what round ${number}'s ${contributions.length} contributions give: ${apart} apart`,
  ];
}

/** mean_t = sum w_k x_kt / sum w_k over those k that sent tensor t. */
function weightedMean(
  contributions: readonly Tensors[],
  weights: readonly number[],
): Map<string, Float64Array> {
  const means = new Map<string, Float64Array>();
  for (const name of new Set(contributions.flatMap((one) => [...one.keys()]))) {
    const senders = contributions.flatMap((one, index) => {
      const values = one.get(name);
      return values === undefined ? [] : [{ values, weight: weights[index]! }];
    });
    const total = senders.reduce((sum, { weight }) => sum + weight, 0);
    const mean = new Float64Array(senders[0]!.values.length);
    for (const { values, weight } of senders) {
      for (let i = 0; i < mean.length; i += 1) mean[i]! += (weight / total) * values[i]!;
    }
    means.set(name, mean);
  }
  return means;
}

async function step(
  query: Query,
  { group, before }: ReplayedRound,
  start: Buffer,
  update: ReadonlyMap<string, Float64Array>,
): Promise<Tensors> {
  const settings = group.settings.aggregation as unknown as ServerOptimizerSettings;
  if (settings.optimizer !== 'plain') {
    const { tensors } = decode(start);
    const state =
      before.optimizerBlobId === null
        ? new Map()
        : decode(await readBlob(query, before.optimizerBlobId)).tensors;
    const shaped = new Map(
      [...update].map(([name, values]) => [
        name,
        { shape: tensors.get(name)!.shape, data: Float32Array.from(values) },
      ]),
    );
    const { params } = chooseServerOptimizer(settings).next(state, tensors, shaped);
    return new Map([...params].map(([name, { data }]) => [name, data]));
  }
  const stepped = new Map<string, ArrayLike<number>>(readStoredFile(start).tensors);
  for (const [name, values] of update) {
    const from = stepped.get(name)!;
    stepped.set(
      name,
      values.map((value, i) => from[i]! - settings.rate * value),
    );
  }
  return stepped;
}

/** The largest difference, relative above 1; infinite when names or lengths differ. */
function farthest(expected: Tensors, stored: Tensors): number {
  if (expected.size !== stored.size) return Number.POSITIVE_INFINITY;
  let apart = 0;
  for (const [name, values] of expected) {
    const found = stored.get(name);
    if (found?.length !== values.length) return Number.POSITIVE_INFINITY;
    for (let i = 0; i < values.length; i += 1) {
      const gap = Math.abs(values[i]! - found[i]!) / Math.max(1, Math.abs(values[i]!));
      if (!(gap <= apart)) apart = gap;
    }
  }
  return apart;
}
