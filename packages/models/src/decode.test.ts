// Cached decoding against the full pass: however a text is cut into steps and padded, each of its tokens gets the
// logits that it gets when all of the text is there at once.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { type BaseModel, openBaseModel } from './base-model.ts';
import type { ApplyLinear, LayerCache, Weights } from './model-family.ts';
import { padRows, plainLinear, toBatch, toTf } from './testing-eager.ts';
import { decoderNames, fixturesFolder, readWeights } from './testing-references.ts';

const capacity = 16;
const texts = [
  [1, 43, 47, 61, 38, 42, 9, 23, 31],
  [1, 34, 12, 40],
];
const longest = Math.max(...texts.map((text) => text.length));

interface Step {
  /** Slots of the padded texts: first and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Texts on a grid of `longest` slots, the padding on one side; -1 is padding. */
function grid(side: 'left' | 'right'): number[][] {
  return texts.map((text) => {
    const padding = Array.from({ length: longest - text.length }, () => -1);
    return side === 'left' ? [...padding, ...text] : [...text, ...padding];
  });
}

/** Keys and values of past steps in a cache of fixed capacity, as one who generates keeps them. */
function emptyCache(model: BaseModel): LayerCache[] {
  const { layers, keyHeads, headSize } = model.family.decoder!.cacheShape(model.config);
  const empty = () => tf.zeros<tf.Rank.R4>([texts.length, keyHeads, capacity, headSize]);
  return Array.from({ length: layers }, () => ({ keys: empty(), values: empty() }));
}

function write(cache: tf.Tensor4D, added: tf.Tensor4D, at: number): tf.Tensor4D {
  const [batch, heads, length, size] = added.shape;
  const head = tf.slice(cache, [0, 0, 0, 0], [batch, heads, at, size]);
  const tail = tf.slice(cache, [0, 0, at + length, 0], [batch, heads, capacity - at - length, size]);
  return tf.concat([head, added, tail], 2);
}

function decodeSteps(
  { family, config }: BaseModel,
  weights: Weights,
  linear: ApplyLinear,
  slots: readonly (readonly number[])[],
  steps: readonly Step[],
  start: readonly LayerCache[],
): tf.Tensor[] {
  let cache = start;
  return steps.map(({ from, to }) => {
    const isReal = (id: number) => (id >= 0 ? 1 : 0);
    const ids = slots.map((row) => row.slice(from, to).map((id) => Math.max(id, 0)));
    const positions = slots.map((row) =>
      row.slice(from, to).map((_, i) => row.slice(0, from + i).filter(isReal).length),
    );
    const cachedSlots = start.length === 0 ? 0 : capacity;
    const mask = slots.map((row) => [
      ...Array.from({ length: cachedSlots }, (_, slot) => (slot < from ? isReal(row[slot]!) : 0)),
      ...row.slice(from, to).map(isReal),
    ]);
    const decoded = family.decoder!.decode(config, weights, linear, {
      ids: tf.tensor2d(ids, undefined, 'int32'),
      positions: tf.tensor2d(positions, undefined, 'int32'),
      mask: tf.tensor2d(mask, undefined, 'float32'),
      cache,
    });
    cache = cache.map(({ keys, values }, layer) => ({
      keys: write(keys, decoded.cache[layer]!.keys, from),
      values: write(values, decoded.cache[layer]!.values, from),
    }));
    const logits = family.decoder!.project(config, weights, decoded.hidden);
    return tf.reshape(logits, [slots.length, to - from, -1]);
  });
}

/** Each text's logits in a full pass of its own: [T, V] */
function fullLogits({ family, config }: BaseModel, weights: Weights, linear: ApplyLinear) {
  return texts.map((text) => family.decoder!.logits(config, weights, linear, toBatch(padRows([text]))));
}

const oneGo: Step[] = [{ from: 0, to: longest }];
const byToken = Array.from({ length: longest }, (_, slot) => ({ from: slot, to: slot + 1 }));
const prefillThenTokens = [{ from: 0, to: 4 }, ...byToken.slice(4)];

for (const name of decoderNames) {
  describe(name, () => {
    let model: BaseModel;
    let weights: Weights;
    before(async () => {
      model = await openBaseModel(`${fixturesFolder}${name}`);
      weights = toTf(await readWeights(model));
    });

    const assertSame = (side: 'left' | 'right', steps: readonly Step[], start: readonly LayerCache[]) => {
      const linear = plainLinear(weights);
      const slots = grid(side);
      const all = tf.concat(decodeSteps(model, weights, linear, slots, steps, start), 1);
      fullLogits(model, weights, linear).forEach((expected, row) => {
        const first = slots[row]!.findIndex((id) => id >= 0);
        const size = [1, texts[row]!.length, all.shape[2]!];
        const actual = tf.reshape(tf.slice(all, [row, first, 0], size), expected.shape);
        const difference = tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]!;
        assert.ok(difference < 1e-5 * tf.max(tf.abs(expected)).dataSync()[0]!, `text ${row}: ${difference}`);
      });
    };

    for (const side of ['left', 'right'] as const) {
      test(`padding on the ${side}: in one go, without a cache`, () => assertSame(side, oneGo, []));
      test(`padding on the ${side}: in one go, into an empty cache`, () =>
        assertSame(side, oneGo, emptyCache(model)));
      test(`padding on the ${side}: token by token`, () => assertSame(side, byToken, emptyCache(model)));
      test(`padding on the ${side}: some at once, then token by token`, () =>
        assertSame(side, prefillThenTokens, emptyCache(model)));
    }
  });
}
