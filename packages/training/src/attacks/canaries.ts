// Canaries: texts with a secret in them, beside the same texts with other secrets. If training on the one makes it likelier than it
// makes the others, whoever has a list of guesses can tell which was trained on (Carlini et al. 2019, arXiv 1802.08232). Pure.
import type { Random } from '@colora/tensors/random';
import { type Separation, separation } from './separation.ts';

export interface Canary {
  readonly text: string;
  /** The same with another secret each. */
  readonly others: readonly string[];
}

/** Texts with six random digits, of which nothing else stands in the examples. */
export function madeCanaries(count: number, alternatives: number, random: Random): Canary[] {
  return Array.from({ length: count }, (_, index) =>
    canaryOf(
      withOtherSecret(`${beginnings[index % beginnings.length]} 000000`, random),
      alternatives,
      random,
    ),
  );
}

const beginnings = ['My account number is', 'The code of the door is', 'Our file is number', 'Call me at'];

export function canaryOf(text: string, alternatives: number, random: Random): Canary {
  const others = new Set<string>();
  for (let tries = 0; others.size < alternatives && tries < 20 * alternatives; tries += 1) {
    const other = withOtherSecret(text, random);
    if (other !== text) others.add(other);
  }
  return { text, others: [...others] };
}

/** Other digits in the place of its digits; of a text without any, other letters in its longest word. */
export function withOtherSecret(text: string, random: Random): string {
  if (/\d/.test(text)) return text.replace(/\d/g, () => String(random.integer(10)));
  const longest = [...text.matchAll(/\p{L}+/gu)].sort(([a], [b]) => b.length - a.length)[0];
  if (longest === undefined) return text;
  const [word] = longest;
  const drawn = word.replace(/\p{L}/gu, (letter) => {
    const other = String.fromCharCode(97 + random.integer(26));
    return letter === letter.toLowerCase() ? other : other.toUpperCase();
  });
  return text.slice(0, longest.index) + drawn + text.slice(longest.index + word.length);
}

export interface CanaryFigures extends Separation {
  /** Of each canary among its alternatives by how much likelier it became, from 1. */
  readonly ranks: readonly number[];
  /** Bits: log2 of the number of guesses less log2 of the rank, the mean over canaries. */
  readonly exposure: number;
}

/** `gains`: by canary, nats that its own text and then each alternative became likelier by. */
export function canaryFigures(gains: readonly (readonly number[])[]): CanaryFigures {
  const ranks = gains.map(([own = 0, ...others]) => 1 + others.filter((other) => other >= own).length);
  const parts = gains.map(([own = 0, ...others]) => separation([own], others).auc);
  const auc = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  const bits = gains.map((all, index) => Math.log2(all.length) - Math.log2(ranks[index]!));
  return {
    auc,
    standardError: spreadOf(parts, gains[0]?.length ?? 1),
    ranks,
    exposure: bits.reduce((sum, bit) => sum + bit, 0) / bits.length,
  };
}

/**
 * Of a mean over canaries, each of which is worth one of so many ranks: by chance alone a rank spreads by 1 / sqrt(12), and so
 * few canaries that all come out alike are not told as certain.
 */
function spreadOf(parts: readonly number[], guesses: number): number {
  const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  const variance = parts.reduce((sum, part) => sum + (part - mean) ** 2, 0) / Math.max(1, parts.length - 1);
  const least = 1 / (12 * guesses);
  return Math.sqrt(Math.max(variance, least) / parts.length);
}
