// Dealing labelled sentences out to people: a domain's sentences are shuffled, some held out, the others dealt from the front, as
// many good as bad. Which people get what is scenarios.ts.
import type { Random } from '@colora/tensors/random';
import type { LabelledExample } from '@colora/training/tasks/classification';
import type { Sentence } from './sentences.ts';

export type LabelRule = (sentence: Sentence) => string;

export const mood: LabelRule = (sentence) => (sentence.positive ? 'good' : 'bad');
export const moodTheOtherWay: LabelRule = (sentence) => (sentence.positive ? 'bad' : 'good');

export const heldOutPerPerson = 200;

export const label = (sentences: readonly Sentence[], rule: LabelRule): LabelledExample[] =>
  sentences.map((sentence) => ({ text: sentence.text, label: rule(sentence) }));

/** Sentences after the held-out ones, good and bad apart. */
export interface Deck {
  readonly heldOut: readonly Sentence[];
  readonly good: Sentence[];
  readonly bad: Sentence[];
}

export function shuffleDeck(sentences: readonly Sentence[], random: Random): Deck {
  const shuffled = random.shuffle(sentences);
  const rest = shuffled.slice(heldOutPerPerson);
  return {
    heldOut: shuffled.slice(0, heldOutPerPerson),
    good: rest.filter((sentence) => sentence.positive),
    bad: rest.filter((sentence) => !sentence.positive),
  };
}

/** Takes `count` sentences, an even number, off the deck. */
export const deal = (deck: Deck, count: number) => [
  ...deck.good.splice(0, count / 2),
  ...deck.bad.splice(0, count / 2),
];
