// Runs a rule over a round's contributions, window by window, whatever they are stored in: the update comes out, in
// memory of one model and one window. Not here: the rules, storage, what the update does to the checkpoint.
import type { Piece, PieceRange } from '@colora/tensors/pieces';
import type { TensorMap } from '@colora/tensors/tensor';
import { AggregationError } from './aggregation-error.ts';
import { centreOf, withCentre } from './centre.ts';
import { openWindowSums } from './combine-ranges.ts';
import { assertWeight, type Schema } from './contribution.ts';
import { accumulateGram, emptyGram, mirrorGram } from './rules/gram.ts';
import type { AggregationRule, Combination, CombinationRule, CoordinateRule, Sender } from './rules/rule.ts';
import { scaledRow, stalenessFactor } from './staleness.ts';
import { total } from './total.ts';
import { UpdateBuilder } from './update-builder.ts';

/** Ranges that are read together: a piece, or where many contributions are held at a time a part of one. */
export interface Window {
  /** Index of the piece they lie in. */
  readonly piece: number;
  readonly ranges: readonly PieceRange[];
}

/** One contribution's values in a window: an array a range, null where it doesn't hold the tensor. */
export type WindowRows = readonly (Float32Array | null)[];

export interface RoundContributions {
  /** Of the checkpoint the update is for. */
  readonly schema: Schema;
  readonly pieces: readonly Piece[];
  /** In the order of participants' ids: equal contributions then give equal bits. */
  readonly senders: readonly Sender[];
  /** The contributions' values there, one item a sender, in the senders' order; lent until the next is asked for. */
  rows(window: Window): AsyncIterable<WindowRows>;
}

export interface RuleOutcome {
  /** Tensors somebody sent (and the rule took), in the schema's order. */
  readonly update: TensorMap;
  /** The optimizer's state that was given, with what the rule keeps for the next round in it. */
  readonly state: TensorMap;
  /** How much of the update each sender is, summing to 1 or, where some were held back, less; null of coordinate rules. */
  readonly coefficients: readonly number[] | null;
  readonly metrics: Readonly<Record<string, number>>;
}

interface RunOptions {
  /** Most bytes of values held at a time by rules that need all contributions at once; 32 MB unless told. */
  readonly windowBytes?: number;
}

/**
 * `state`: the server optimizer's, in which the rule's own lies beside it (`rule/…`).
 * Throws AggregationError on too few contributions, a bad weight, and where NaN or infinity came out.
 */
export async function runRule(
  rule: AggregationRule,
  round: RoundContributions,
  state: TensorMap,
  { windowBytes = 32 * 1024 ** 2 }: RunOptions = {},
): Promise<RuleOutcome> {
  const { senders } = round;
  assertEnough(rule, senders.length);
  for (const { weight } of senders) assertWeight(weight);
  const elements = Math.max(1024, Math.floor(windowBytes / 4 / Math.max(1, senders.length)));
  const small = cutWindows(round.pieces, elements);
  if (rule.kind === 'coordinate') return runCoordinates(rule, round, small, state);
  return runCombination(rule, round, small, state);
}

async function runCoordinates(
  rule: CoordinateRule,
  round: RoundContributions,
  windows: readonly Window[],
  state: TensorMap,
): Promise<RuleOutcome> {
  const update = new UpdateBuilder(round.schema, rule.name);
  const factors = factorsOf(round);
  for (const window of windows) {
    const all = await collect(round, window);
    for (const [r, range] of window.ranges.entries()) {
      const rows = all.flatMap((row, i) => (row[r] ? [scaledRow(row[r], factors[i]!)] : []));
      if (rows.length === 0) continue;
      update.fill(range, (out) => {
        rule.range(rows, out);
        return true;
      });
    }
  }
  return { update: update.finish(), state, coefficients: null, metrics: {} };
}

async function runCombination(
  rule: CombinationRule,
  round: RoundContributions,
  windows: readonly Window[],
  state: TensorMap,
): Promise<RuleOutcome> {
  const centre = rule.needs === 'centre' ? centreOf(state, round.schema) : new Map();
  const distances = rule.needs === 'centre' ? await distancesTo(centre, round) : [];
  const gram = rule.needs === 'gram' ? await gramOf(round, windows) : new Float64Array(0);
  const factors = factorsOf(round);
  const weights = round.senders.map(({ weight }) => weight);
  const norms = round.senders.map(({ norm }, i) => norm * factors[i]!);
  const combination = rule.combine({ weights, norms, distances, gram });
  const update = await combine(rule, combination, round, centre);
  return {
    update,
    state: rule.needs === 'centre' ? withCentre(state, update) : state,
    coefficients: partsOf(combination, factors),
    metrics: combination.metrics,
  };
}

/** One contribution at a time: memory of a piece. */
async function combine(
  { name }: CombinationRule,
  { coefficients, shares }: Combination,
  round: RoundContributions,
  centre: TensorMap,
): Promise<TensorMap> {
  const update = new UpdateBuilder(round.schema, name);
  const parts = factorsOf(round).map((factor, i) => ({
    coefficient: coefficients[i]!,
    share: shares[i]!,
    factor,
  }));
  const windows = wholePieces(round.pieces);
  const sums = openWindowSums(windows.map(({ ranges }) => ranges));
  try {
    for (const window of windows) {
      sums.begin(window.ranges);
      let sender = 0;
      for await (const rows of round.rows(window)) {
        for (const [r, row] of rows.entries()) {
          if (row !== null) sums.add(r, row, parts[sender]!);
        }
        sender += 1;
      }
      for (const [r, range] of window.ranges.entries()) {
        const before = centre.get(range.name)?.data.subarray(range.from, range.to);
        update.fill(range, (out) => sums.finish(r, before, out));
      }
    }
  } finally {
    sums.close();
  }
  return update.finish();
}

async function gramOf(round: RoundContributions, windows: readonly Window[]): Promise<Float64Array> {
  const n = round.senders.length;
  const gram = emptyGram(n);
  for (const window of windows) {
    const all = await collect(round, window);
    for (const r of window.ranges.keys()) {
      accumulateGram(
        all.map((row) => row[r]!),
        gram,
      );
    }
  }
  mirrorGram(gram, n);
  const factors = factorsOf(round);
  return gram.map((product, at) => product * factors[Math.floor(at / n)]! * factors[at % n]!);
}

async function distancesTo(centre: TensorMap, round: RoundContributions): Promise<number[]> {
  const factors = factorsOf(round);
  if (centre.size === 0) return round.senders.map(({ norm }, i) => norm * factors[i]!);
  const squares = round.senders.map(() => 0);
  for (const window of wholePieces(round.pieces)) {
    let sender = 0;
    for await (const rows of round.rows(window)) {
      for (const [r, row] of rows.entries()) {
        const { name, from, to } = window.ranges[r]!;
        if (row === null) continue;
        const there = centre.get(name)?.data.subarray(from, to);
        squares[sender]! += squaredDistance(row, factors[sender]!, there);
      }
      sender += 1;
    }
  }
  return squares.map(Math.sqrt);
}

function squaredDistance(
  row: Float32Array,
  factor: number,
  centre: Float32Array = new Float32Array(row.length),
): number {
  let sum = 0;
  for (let i = 0; i < row.length; i += 1) {
    const difference = factor * row[i]! - centre[i]!;
    sum += difference * difference;
  }
  return sum;
}

function factorsOf({ senders }: RoundContributions): number[] {
  return senders.map(({ staleness }) => stalenessFactor(staleness));
}

async function collect(round: RoundContributions, window: Window): Promise<WindowRows[]> {
  const all: WindowRows[] = [];
  for await (const rows of round.rows(window)) all.push(rows.map((row) => row?.slice() ?? null));
  return all;
}

function wholePieces(pieces: readonly Piece[]): Window[] {
  return pieces.map(({ ranges }, piece) => ({ piece, ranges }));
}

/** Parts of pieces of at most `most` elements, cut at multiples of 1,024 of a tensor's own. */
function cutWindows(pieces: readonly Piece[], most: number): Window[] {
  const step = most - (most % 1024);
  return pieces.flatMap(({ ranges, elements }, piece) => {
    if (elements <= step) return [{ piece, ranges }];
    return ranges.flatMap(({ name, from, to }) => {
      const parts: Window[] = [];
      for (let start = from; start < to; start += step) {
        parts.push({ piece, ranges: [{ name, from: start, to: Math.min(start + step, to) }] });
      }
      return parts;
    });
  });
}

/** Of a tensor that everybody sent. */
function partsOf({ coefficients, shares }: Combination, factors: readonly number[]): number[] {
  const divisor = Math.max(total(coefficients), total(shares));
  return coefficients.map((coefficient, i) => (divisor === 0 ? 0 : (coefficient * factors[i]!) / divisor));
}

function assertEnough({ name, minimum }: AggregationRule, count: number): void {
  if (count >= minimum) return;
  throw new AggregationError(
    'too-few-contributions',
    `the rule ${name} needs at least ${minimum} contributions, and there are ${count}; raise rounds.quorum to ${minimum} or choose another aggregation.rule`,
  );
}
