// How likely a model found the token that it wrote, and which it found likeliest, as programs ask for them: natural logarithms of
// the probabilities that its scores are, whatever is then drawn from them. Texts of tokens are the generator's.

export interface TokenLogprob {
  readonly text: string;
  readonly logprob: number;
}

/** A token that was written, and the likeliest in its place. */
export interface WrittenToken extends TokenLogprob {
  /** The likeliest first. */
  readonly top: readonly TokenLogprob[];
}

/** Of these tokens: log softmax of the scores. */
export function logprobsOf(scores: Float32Array, ids: readonly number[]): number[] {
  let highest = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > highest) highest = score;
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - highest);
  const all = highest + Math.log(sum);
  return ids.map((id) => scores[id]! - all);
}

/** The tokens of the `count` highest scores, in order; of equal ones the first. */
export function highestScores(scores: Float32Array, count: number): number[] {
  const found: number[] = [];
  if (count === 0) return found;
  for (let id = 0; id < scores.length; id += 1) {
    if (found.length === count && !(scores[id]! > scores[found.at(-1)!]!)) continue;
    let place = found.length;
    while (place > 0 && scores[id]! > scores[found[place - 1]!]!) place -= 1;
    found.splice(place, 0, id);
    if (found.length > count) found.pop();
  }
  return found;
}
