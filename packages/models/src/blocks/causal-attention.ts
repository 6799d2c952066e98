// Attention in which no token sees a later one. Where the scores of all pairs would be large they are made for a block of
// queries at a time, in the backward pass again, and never kept (arXiv 2205.14135). Attention over a cache and attention
// that sees everything are in grouped-attention.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { LayerCache } from '../model-family.ts';
import { causalBias, paddingBias } from './attention-masks.ts';
import { groupedAttention } from './grouped-attention.ts';
import { after } from './in-turn.ts';
import { withOwnGradient } from './own-gradient.ts';

/** Changed by tests alone, so that short texts have blocks too. */
export const attentionBlocks = {
  /** Bytes of scores of one layer that are kept for the backward pass; beyond, none are. */
  kept: 8 * 2 ** 20,
  /** Bytes of scores of a block of queries; and the fewest queries in one, whose keys are read from memory together. */
  block: 16 * 2 ** 20,
  fewestQueries: 64,
};

/** What tokens see. */
export interface Sight {
  /** [B, 1, T, C + T] */
  readonly bias: tf.Tensor4D;
  /** [B, T], 1 at tokens: nothing is cached, and each sees those before it, `window` at most with itself. */
  readonly tokens?: tf.Tensor2D;
  readonly window?: number | undefined;
}

/** Of all tokens of a text; tokens [B, T], 1 at tokens. */
export function causalSight(tokens: tf.Tensor2D, window?: number): Sight {
  const all: [number, number] = [0, tokens.shape[1]];
  const bias: tf.Tensor4D = tf.add(causalBias(all, all, window), paddingBias(tokens));
  return { bias, tokens, window };
}

/**
 * softmax(scale q k^T) v over what q sees of its own tokens and of cached ones: q [B, heads, T, headSize], which the result
 * resembles.
 */
export function causalAttention(
  q: tf.Tensor4D,
  own: LayerCache,
  cache: LayerCache | undefined,
  { bias, tokens, window }: Sight,
  scale: number,
): tf.Tensor4D {
  const [batch, heads, length] = q.shape;
  const scores = 4 * batch * heads * length * length;
  if (tokens === undefined || scores <= attentionBlocks.kept)
    return groupedAttention(q, own, cache, bias, scale);
  const { block, fewestQueries } = attentionBlocks;
  const size = Math.max(fewestQueries, Math.floor(length / Math.ceil(scores / block)));
  const blocks = blocksOf(length, size, window);
  const biasOf = ({ start, end, from }: Block): tf.Tensor4D =>
    tf.add(
      causalBias([start, end], [from, end], window),
      paddingBias(tf.slice(tokens, [0, from], [batch, end - from])),
    );
  return inBlocks(tf.mul(q, scale), own, blocks, biasOf);
}

interface Block {
  /** Its queries are start .. end - 1, the keys that they see lie in from .. end - 1. */
  readonly start: number;
  readonly end: number;
  readonly from: number;
}

function blocksOf(length: number, size: number, window = length): Block[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => {
    const start = i * size;
    return { start, end: Math.min(length, start + size), from: Math.max(0, start - window + 1) };
  });
}

/**
 * Backward, with P = exp(scores - lse) made again, D = P (dy v^T - rows of dy y): dv = P^T dy, dq = D k, dk = D^T q. Scores
 * are made keys by queries there, so that of the four products with them only dq's transposes.
 */
function inBlocks(
  q: tf.Tensor4D,
  { keys, values }: LayerCache,
  blocks: readonly Block[],
  biasOf: (block: Block) => tf.Tensor4D,
): tf.Tensor4D {
  const [batch, heads, length, width] = q.shape;
  const keyHeads = keys.shape[1];
  const groups = heads / keyHeads;
  const rowsOf = (x: tf.Tensor, { start, end }: Block): tf.Tensor4D =>
    tf.reshape(cut(x, start, end), [batch, keyHeads, groups * (end - start), x.shape[3]!]);
  const columnsOf = (x: tf.Tensor, { start, end }: Block): tf.Tensor4D =>
    tf.reshape(cut(x, start, end), [batch, keyHeads, 1, groups * (end - start)]);

  return withOwnGradient([q, keys, values], (givenQ, givenK, givenV) => {
    const done: { mixed: tf.Tensor4D; lse: tf.Tensor4D }[] = [];
    for (const block of blocks) {
      const { start, end, from } = block;
      const rows = after(
        done.slice(-1).map(({ mixed }) => mixed),
        rowsOf(givenQ, block),
      );
      const products = tf.matMul(rows, cut(givenK, from, end), false, true);
      const scores = tf.add(tf.reshape(products, [batch, heads, end - start, end - from]), biasOf(block));
      const tops = tf.max(scores, -1, true);
      const shares = tf.exp(tf.sub(scores, tops));
      const sums = tf.sum(shares, -1, true);
      const mixed = tf.matMul(tf.reshape(shares, products.shape), cut(givenV, from, end));
      done.push({
        mixed: tf.div(tf.reshape(mixed, [batch, heads, end - start, width]), sums),
        lse: tf.add(tops, tf.log(sums)),
      });
    }
    const value = joined(done.map(({ mixed }) => mixed));
    return {
      value,
      saved: [givenQ, givenK, givenV, value, joined(done.map(({ lse }) => lse))],
      backward: (dy, [keptQ, keptK, keptV, y, lse]) => {
        // copies, whose parts a compiler doesn't take for those of the forward pass, to be kept until now
        const [laterQ, laterK, laterV] = [after([dy], keptQ!), after([dy], keptK!), after([dy], keptV!)];
        const sums = tf.sum(tf.mul(dy, y!), -1, true); // [B, heads, T, 1]
        const dq: tf.Tensor4D[] = [];
        const dk = new Sum(length);
        const dv = new Sum(length);
        for (const block of blocks) {
          const { start, end, from } = block;
          const count = groups * (end - start);
          const earlier = [...dq.slice(-1), ...dk.now, ...dv.now];
          const [rows, slopes] = [after(earlier, rowsOf(laterQ, block)), after(earlier, rowsOf(dy, block))];
          const [seen, mixed] = [cut(laterK, from, end), cut(laterV, from, end)];
          const scores = tf.sub(tf.matMul(seen, rows, false, true), columnsOf(lse!, block)); // [B, keyHeads, keys, count]
          const hidden = tf.transpose(biasOf(block), [0, 1, 3, 2]);
          const biased = tf.add(
            tf.reshape(scores, [batch, keyHeads, end - from, groups, end - start]),
            tf.reshape(hidden, [batch, 1, end - from, 1, end - start]),
          );
          const shares: tf.Tensor4D = tf.exp(tf.reshape(biased, [batch, keyHeads, end - from, count]));
          const inner = tf.sub(tf.matMul(mixed, slopes, false, true), columnsOf(sums, block));
          const d: tf.Tensor4D = tf.mul(shares, inner);
          dq.push(tf.reshape(tf.matMul(d, seen, true), [batch, heads, end - start, width]));
          dk.add(tf.matMul(d, rows), from);
          dv.add(tf.matMul(shares, slopes), from);
        }
        return [joined(dq), dk.now[0]!, dv.now[0]!];
      },
    };
  });
}

/** A gradient of all keys, added up from those of some. */
class Sum {
  readonly #length: number;
  /** Nothing before the first. */
  now: [] | [tf.Tensor4D] = [];

  constructor(length: number) {
    this.#length = length;
  }

  add(part: tf.Tensor4D, from: number): void {
    const end = this.#length - from - part.shape[2];
    const whole = tf.pad(part, [
      [0, 0],
      [0, 0],
      [from, end],
      [0, 0],
    ]);
    this.now = [this.now.length === 0 ? whole : tf.add(this.now[0], whole)];
  }
}

function cut(x: tf.Tensor, start: number, end: number): tf.Tensor4D {
  const [batch, heads, , width] = x.shape as [number, number, number, number];
  return tf.slice(x, [0, 0, start, 0], [batch, heads, end - start, width]) as tf.Tensor4D;
}

function joined(parts: readonly tf.Tensor4D[]): tf.Tensor4D {
  return parts.length === 1 ? parts[0]! : tf.concat([...parts], 2);
}
