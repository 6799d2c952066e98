// How much of a text is read, where nobody says: enough for nearly all texts of the folder, and no more,
// since work grows with it. Words are counted here; the model's own tokens are somewhat more.
import type { Person } from '../experiment/person.ts';

const lengths = [24, 32, 48, 64, 96, 128];
const tokensPerWord = 1.3;
const share = 0.9;

/** The shortest of a few lengths that holds nine texts of ten whole; the longest where none does. */
export function chooseMaxTokens(people: readonly Person[]): number {
  const words = people
    .flatMap((person) => person.examples)
    .map((example) => ('text' in example ? example.text.trim().split(/\s+/).length : 0))
    .sort((a, b) => a - b);
  const wanted = tokensPerWord * (words[Math.floor(share * (words.length - 1))] ?? 0);
  return lengths.find((length) => length >= wanted) ?? lengths.at(-1)!;
}
