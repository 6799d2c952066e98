// How much of a text is read, where nobody says: enough for nearly all texts of the folder, and no more,
// since work grows with it. Words are counted here; the model's own tokens are somewhat more.
import type { Example } from '@colora/training/tasks/tasks';
import type { Person } from '../experiment/person.ts';
import { type ComparedKind, comparedKinds } from './compared-kinds.ts';

/** The shortest of a few lengths that holds nine texts of ten (of a language model nearly all) whole; else the longest. */
export function chooseMaxTokens(people: readonly Person[], kind: ComparedKind): number {
  const { lengths, tokensPerWord, share } = comparedKinds[kind].reading;
  const words = people
    .flatMap((person) => person.examples)
    .map(countWords)
    .sort((a, b) => a - b);
  const wanted = tokensPerWord * (words[Math.floor(share * (words.length - 1))] ?? 0);
  return lengths.find((length) => length >= wanted) ?? lengths.at(-1)!;
}

function countWords(example: Example): number {
  return textsOf(example).reduce((sum, text) => sum + text.trim().split(/\s+/).length, 0);
}

function textsOf(example: Example): readonly string[] {
  if ('messages' in example) return example.messages.flatMap(({ role, content }) => [role, content ?? '']);
  if ('prompt' in example) return [example.prompt, example.completion];
  return 'text' in example ? [example.text] : example.tokens;
}
