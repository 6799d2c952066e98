// From scores to the next token: the highest, or a draw from the most likely ones. Pure but for the random source.
import type { Random } from '@colora/tensors/random';

export interface Sampling {
  /** 0: always the highest score. Else scores are divided by it before the draw. */
  readonly temperature: number;
  /** Draw only from the fewest tokens that together have this probability (nucleus sampling, arXiv 1904.09751). */
  readonly topP: number;
}

/** The index of the chosen token; of equal highest scores the first. */
export function chooseToken(scores: Float32Array, { temperature, topP }: Sampling, random: Random): number {
  const highest = highestAt(scores);
  if (temperature === 0) return highest;
  const weights = new Float64Array(scores.length); // probabilities up to their sum
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) {
    weights[i] = Math.exp((scores[i]! - scores[highest]!) / temperature);
    sum += weights[i]!;
  }
  return topP >= 1 ? draw(weights.keys(), weights, sum, random) : drawFromNucleus(weights, sum, topP, random);
}

function highestAt(scores: Float32Array): number {
  let at = 0;
  for (let i = 1; i < scores.length; i += 1) if (scores[i]! > scores[at]!) at = i;
  return at;
}

function drawFromNucleus(weights: Float64Array, sum: number, topP: number, random: Random): number {
  // All tokens below this share sum up to at most 1 - topP: none of them is needed, and few are left to sort.
  const least = ((1 - topP) * sum) / weights.length;
  const candidates: number[] = [];
  for (let i = 0; i < weights.length; i += 1) if (weights[i]! >= least) candidates.push(i);
  candidates.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let kept = 0;
  let reached = 0;
  while (kept < candidates.length && (kept === 0 || reached < topP * sum)) {
    reached += weights[candidates[kept]!]!;
    kept += 1;
  }
  return draw(candidates.slice(0, kept), weights, reached, random);
}

function draw(tokens: Iterable<number>, weights: Float64Array, sum: number, random: Random): number {
  let left = random.next() * sum;
  let last = 0;
  for (const token of tokens) {
    if (weights[token] === 0) continue;
    last = token;
    left -= weights[token]!;
    if (left < 0) return token;
  }
  return last; // rounding may leave a little
}
