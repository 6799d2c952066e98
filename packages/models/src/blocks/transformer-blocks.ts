// The pieces that transformer families have in common, in tfjs ops: normalisation, attention, activations.
// No weights' names and no order of layers here: those are each family's own file.
import * as tf from '@tensorflow/tfjs-core';
import { withOwnGradient } from './own-gradient.ts';

/**
 * Layer normalisation over the last axis: (x - mean) / sqrt(variance + eps) * gain (+ bias). x [N, d].
 * Backward, with u = (x - mean) / s and z = dy gain: dx = (z - mean(z) - u mean(z u)) / s.
 */
export function layerNorm(
  x: tf.Tensor2D,
  gain: tf.Tensor,
  bias: tf.Tensor | undefined,
  eps: number,
): tf.Tensor2D {
  return withOwnGradient([x], (given) => {
    const centred = tf.sub(given, tf.mean(given, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps)); // [N, 1]
    const unit = tf.mul(centred, inverse);
    const scaled: tf.Tensor2D = tf.mul(unit, gain);
    return {
      value: bias === undefined ? scaled : tf.add<tf.Tensor2D>(scaled, bias),
      saved: [unit, inverse, gain],
      backward: (dy, [u, s, keptGain]) => {
        const z = tf.mul(dy, keptGain!);
        const along = tf.mul(u!, tf.mean(tf.mul(z, u!), -1, true));
        return [tf.mul(tf.sub(tf.sub(z, along), tf.mean(z, -1, true)), s!)];
      },
    };
  });
}

/**
 * Root-mean-square normalisation (arXiv 1910.07467): x / sqrt(mean x^2 + eps) * gain. x [N, d].
 * Backward, with s = sqrt(mean x^2 + eps), u = x / s and z = dy gain: dx = (z - u mean(z u)) / s.
 */
export function rmsNorm(x: tf.Tensor2D, gain: tf.Tensor, eps: number): tf.Tensor2D {
  return withOwnGradient([x], (given) => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(given), -1, true), eps)); // [N, 1]
    return {
      value: tf.mul<tf.Tensor2D>(tf.mul(given, inverse), gain),
      saved: [given, inverse, gain],
      backward: (dy, [kept, s, keptGain]) => {
        const z = tf.mul(dy, keptGain!);
        const along = tf.mul(tf.mean(tf.mul(z, kept!), -1, true), tf.square(s!)); // [N, 1]
        return [tf.mul(tf.sub(z, tf.mul(kept!, along)), s!)];
      },
    };
  });
}

/**
 * The exact Gaussian error linear unit: x Phi(x) = x (1 + erf(x / sqrt 2)) / 2.
 * With v = x / sqrt 2 it is v (1 + erf v) / sqrt 2, its derivative (1 + erf v + v e^(c - v^2)) / 2, c = ln(2 / sqrt pi).
 */
function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return withOwnGradient([x], (given) => {
    const v = tf.mul(given, Math.SQRT1_2);
    const twicePhi = tf.add(tf.erf(v), 1);
    return {
      value: tf.mul<tf.Tensor2D>(tf.mul<tf.Tensor2D>(v, twicePhi), Math.SQRT1_2),
      saved: [v, twicePhi],
      backward: (dy, [kept, phi]) => {
        const density = tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.square(kept!)));
        return [tf.mul(tf.mul(dy, 0.5), tf.add(phi!, tf.mul(kept!, density)))];
      },
    };
  });
}

/** gelu's tanh approximation (`gelu_new`, `gelu_pytorch_tanh`). */
export function geluTanh(x: tf.Tensor2D): tf.Tensor2D {
  const cube = tf.mul(tf.mul(x, x), x);
  const inner = tf.mul(tf.add(x, tf.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/** By the names that config files use. */
export const activations = {
  gelu,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  relu: tf.relu<tf.Tensor2D>,
};
export type ActivationName = keyof typeof activations;
export const activationNames = Object.keys(activations) as ActivationName[];

/**
 * silu(gate) up with silu(g) = g s, s = sigmoid(g) (SwiGLU, arXiv 2002.05202); silu' = s (1 + g (1 - s)). The product
 * g s itself, as large as the widest activation, is not kept for the backward pass, nor is s where the compiler makes
 * g s one node.
 */
export function siluGate(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  return withOwnGradient([gate, up], (g, u) => {
    const s = tf.sigmoid(g);
    const silu = tf.mul(g, s);
    return {
      value: tf.mul<tf.Tensor2D>(silu, u),
      saved: [g, u, s],
      backward: (dy, [keptG, keptU, keptS]) => {
        const opened = tf.mul(dy, keptS!);
        const bend = tf.add(tf.mul(keptG!, tf.sub(1, keptS!)), 1);
        return [tf.mul(tf.mul(opened, keptU!), bend), tf.mul(opened, keptG!)];
      },
    };
  });
}

/**
 * geluTanh(gate) up. With h = (1 + tanh(c (g + 0.044715 g^3))) / 2 and c = sqrt(2 / pi), gelu = g h and
 * gelu' = h + 2 h (1 - h) c (g + 3 * 0.044715 g^3): of all between only h is kept for the backward pass.
 */
export function geluTanhGate(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  const c = Math.sqrt(2 / Math.PI);
  return withOwnGradient([gate, up], (g, u) => {
    const inner = tf.mul(g, tf.add(tf.mul(tf.square(g), 0.044715 * c), c));
    const half: tf.Tensor2D = tf.mul(tf.add(tf.tanh(inner), 1), 0.5);
    return {
      value: tf.mul<tf.Tensor2D>(tf.mul(g, half), u),
      saved: [g, u, half],
      backward: (dy, [keptG, keptU, h]) => {
        const rise = tf.mul(keptG!, tf.add(tf.mul(tf.square(keptG!), 6 * 0.044715 * c), 2 * c));
        const slope = tf.mul(h!, tf.add(tf.mul(tf.sub(1, h!), rise), 1));
        return [tf.mul(tf.mul(dy, keptU!), slope), tf.mul(dy, tf.mul(keptG!, h!))];
      },
    };
  });
}

interface AttentionShape {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly headSize: number;
}

/** [B * T, heads * headSize] -> [B, heads, T, headSize] */
export function splitHeads(x: tf.Tensor2D, shape: AttentionShape): tf.Tensor4D {
  const { batch, length, heads, headSize } = shape;
  return tf.transpose(tf.reshape(x, [batch, length, heads, headSize]), [0, 2, 1, 3]) as tf.Tensor4D;
}

/** [B, heads, T, headSize] -> [B * T, heads * headSize] */
export function mergeHeads(x: tf.Tensor4D, shape: AttentionShape): tf.Tensor2D {
  const { batch, length, heads, headSize } = shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, heads * headSize]);
}

/**
 * softmax(q k^T / sqrt(headSize) + bias) v, no causal order. k, v [B * T, heads * headSize] as in `shape`;
 * q [B * Q, heads * headSize], Q queries a text (T, or fewer where only some rows are wanted); as q, the result.
 * The scale goes to q, the smaller operand.
 */
export function attend(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  bias: tf.Tensor4D,
  shape: AttentionShape,
): tf.Tensor2D {
  const queryShape = { ...shape, length: q.shape[0] / shape.batch };
  const scaled = tf.mul<tf.Tensor2D>(q, shape.headSize ** -0.5);
  const mixed = mixValues(
    splitHeads(scaled, queryShape),
    splitHeads(k, shape),
    splitHeads(v, shape),
    bias,
    shape.heads,
  );
  return mergeHeads(mixed, queryShape);
}

/**
 * P v with P = softmax(q k^T + bias). k, v [B, keyHeads, T, headSize]; q and the result [B, keyHeads, G * Q, headSize],
 * the Q queries of the G = heads / keyHeads heads that share a key head below each other; bias [B or 1, heads or 1,
 * Q or 1, T]. Backward: dv = P^T dy, dq = D k, dk = D^T q with D = P (dy v^T - rows of dy y): the sum over keys that
 * a softmax's gradient needs is one over the narrower head (arXiv 2205.14135, appendix B.2).
 */
export function mixValues(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  bias: tf.Tensor4D,
  heads: number,
): tf.Tensor4D {
  return withOwnGradient([q, k, v], (givenQ, givenK, givenV) => {
    const [batch, keyHeads, rows] = givenQ.shape;
    const products = tf.matMul(givenQ, givenK, false, true);
    const scores = tf.reshape(products, [batch, heads, (rows * keyHeads) / heads, k.shape[2]]);
    const shares = tf.reshape(tf.softmax(tf.add(scores, bias)), products.shape);
    const value: tf.Tensor4D = tf.matMul(shares, givenV);
    return {
      value,
      saved: [givenQ, givenK, givenV, shares, value],
      backward: (dy, [keptQ, keptK, keptV, p, y]) => {
        const sums = tf.sum(tf.mul(dy, y!), -1, true);
        const d = tf.mul(p!, tf.sub(tf.matMul(dy, keptV!, false, true), sums));
        return [tf.matMul(d, keptK!), tf.matMul(d, keptQ!, true), tf.matMul(p!, dy, true)];
      },
    };
  });
}

/** The weights of a mean over real tokens: mask / count of real tokens, [B, 1, T]; an empty text gives zeros. */
export function meanWeights(mask: tf.Tensor2D): tf.Tensor3D {
  const [batch, length] = mask.shape;
  const counts = tf.maximum(tf.sum(mask, 1, true), 1);
  return tf.reshape(tf.div(mask, counts), [batch, 1, length]);
}

/** The mean over each text's real tokens as one product: x [B * T, d] -> [B, d]. */
export function poolRows(x: tf.Tensor2D, weights: tf.Tensor3D): tf.Tensor2D {
  const [batch, , length] = weights.shape;
  const width = x.shape[1];
  return tf.reshape(tf.matMul(weights, tf.reshape(x, [batch, length, width])), [batch, width]);
}
