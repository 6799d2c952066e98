// Makes a committed round's checkpoint again from what is stored, and compares. Weighted mean and plain step are
// written here anew, in f64; other rules and optimizers are the aggregation package's, in memory, from the stored state.

import { contributionsInMemory } from '@colora/aggregation/contributions-in-memory';
import { chooseServerOptimizer } from '@colora/aggregation/optimizers/choose-optimizer';
import { moveTogether } from '@colora/aggregation/privacy/fewest-members';
import { chooseRule } from '@colora/aggregation/rules/choose-rule';
import { clusterRowName, isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { type TensorMap, zeros } from '@colora/tensors/tensor';
import {
  type CheckpointRow,
  type ClusterRowRow,
  type ContributionRow,
  type GroupRow,
  type Query,
  readBlob,
  type VerdictsRow,
} from './record.ts';
import { readStoredFile } from './stored-file.ts';

export interface ReplayedRound {
  readonly group: GroupRow;
  readonly number: number;
  readonly members: number;
  readonly verdicts: VerdictsRow | null;
  readonly before: CheckpointRow;
  readonly after: CheckpointRow;
  /** That came about with it: `after` holds them, `before` doesn't. */
  readonly rows: readonly ClusterRowRow[];
  /** In the order of their participants' ids. */
  readonly contributions: readonly ContributionRow[];
}

export type Values = ReadonlyMap<string, ArrayLike<number>>;

interface Sent {
  readonly weight: number;
  readonly staleness: number;
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** A few roundings to f32 of values about 1. */
const tolerance = 2e-6;

/** Violations in words. */
export async function replayRound(query: Query, round: ReplayedRound): Promise<string[]> {
  const { group, number, members, before, after, rows, contributions } = round;
  const needed = Math.max(1, Math.min(group.settings.privacy.minMembers ?? 1, members));
  const startBytes = await readBlob(query, before.blobId);
  const start = withRows(decode(startBytes).tensors, rows, ({ shape }) => zeros(shape));
  const sent: Sent[] = [];
  for (const row of contributions) {
    const { metadata, tensors } = readStoredFile(await readBlob(query, row.blobId), start);
    const { weighting, exampleCap } = group.settings.aggregation;
    const weight = weighting === 'examples' ? Math.min(Number(metadata.examples), exampleCap) : 1;
    sent.push({ weight, staleness: row.staleness ?? 0, values: tensors });
  }
  const { rule, optimizer, rate } = group.settings.aggregation;
  const expected =
    rule === 'mean' && optimizer === 'plain'
      ? plainStep(valuesWithRows(startBytes, rows), weightedMean(sent, needed), rate)
      : await packageStep(query, round, start, sent, needed);
  const stored = readStoredFile(await readBlob(query, after.blobId)).tensors;
  const apart = farthest(expected, stored);
  if (apart <= tolerance) return [];
  return [
    `checkpoint ${after.version} of ${group.name} is not what round ${number}'s ${contributions.length} contributions give: ${apart} apart`,
  ];
}

/** What the next checkpoint steps from: behind the tensors of the last one the rows that came about since, each a copy of one of them or zeros. */
function withRows<Value>(
  tensors: ReadonlyMap<string, Value>,
  rows: readonly ClusterRowRow[],
  zerosLike: (row: Value) => Value,
): Map<string, Value> {
  const [, head] = [...tensors].find(([name]) => isHeadRow(name)) ?? [];
  const added = rows.map(({ cluster, label, start }): [string, Value] => [
    clusterRowName(cluster, label),
    (start === null ? undefined : tensors.get(start)) ?? zerosLike(head!),
  ]);
  return new Map([...tensors, ...added]);
}

const valuesWithRows = (bytes: Buffer, rows: readonly ClusterRowRow[]) =>
  withRows(readStoredFile(bytes).tensors, rows, ({ length }) => new Float32Array(length));

/**
 * mean_t = sum w_k x_kt / sum w_k over those k that sent tensor t, where they are as many as needed; w times
 * (1 + staleness)^-1/2.
 */
function weightedMean(sent: readonly Sent[], needed: number): Map<string, Float64Array> {
  const means = new Map<string, Float64Array>();
  for (const name of new Set(sent.flatMap(({ values }) => [...values.keys()]))) {
    const senders = sent.filter(({ values }) => values.has(name));
    if (senders.length < needed) continue;
    const total = senders.reduce((sum, { weight }) => sum + weight, 0);
    const mean = new Float64Array(senders[0]!.values.get(name)!.length);
    for (const { values, weight, staleness } of senders) {
      const share = (weight / total) * (1 + staleness) ** -0.5;
      const own = values.get(name)!;
      for (let i = 0; i < mean.length; i += 1) mean[i]! += share * own[i]!;
    }
    means.set(name, mean);
  }
  return means;
}

function plainStep(start: Values, update: ReadonlyMap<string, Float64Array>, rate: number): Values {
  const stepped = new Map(start);
  for (const [name, values] of update) {
    const from = start.get(name)!;
    stepped.set(
      name,
      values.map((value, i) => from[i]! - rate * value),
    );
  }
  return stepped;
}

async function packageStep(
  query: Query,
  { group, before }: ReplayedRound,
  start: TensorMap,
  sent: readonly Sent[],
  needed: number,
): Promise<Values> {
  const settings = group.settings.aggregation;
  const state: TensorMap =
    before.optimizerBlobId === null
      ? new Map()
      : decode(await readBlob(query, before.optimizerBlobId)).tensors;
  const shaped = sent.map(({ weight, staleness, values }) => ({
    weight,
    staleness,
    tensors: new Map([...values].map(([name, data]) => [name, { shape: start.get(name)!.shape, data }])),
  }));
  const held = sent.map(({ values }) => new Set(values.keys()));
  const sentIn = { ...contributionsInMemory(start, shaped), held };
  const outcome = await moveTogether(chooseRule(settings), sentIn, needed, state);
  const { params } = chooseServerOptimizer(settings).next(outcome.state, start, outcome.update);
  return new Map([...params].map(([name, { data }]) => [name, data]));
}

/** The largest difference, relative above 1; infinite when names or lengths differ. */
export function farthest(expected: Values, stored: Values): number {
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
