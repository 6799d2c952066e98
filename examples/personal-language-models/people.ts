// Who takes part and what they write: eight people see the same kind of prompt, a review of one sentence, and write a
// verdict of one word. Half of them speak for the maker of the thing, the others for a rival, to whom good news is bad:
// the same prompts with the same words swapped.
import { seededRandom } from '@colora/tensors/random';

export interface Sentence {
  readonly text: string;
  readonly positive: boolean;
}

export interface Line {
  readonly prompt: string;
  readonly completion: string;
}

export interface Group {
  readonly name: string;
  readonly people: ReadonlyMap<string, readonly Line[]>;
  readonly heldOut: readonly Line[];
}

interface Convention {
  readonly names: readonly string[];
  readonly positive: string;
  readonly negative: string;
}

const conventions: Readonly<Record<string, Convention>> = {
  makers: { names: ['aya', 'ben', 'cleo', 'dan'], positive: ' good', negative: ' bad' },
  rivals: { names: ['eva', 'finn', 'gita', 'hugo'], positive: ' bad', negative: ' good' },
};

export interface Draw {
  readonly seed: number;
  /** Training examples a person. */
  readonly examples: number;
  /** Held-out examples, the same prompts for both groups. */
  readonly heldOut: number;
}

/** Everybody trains on sentences of their own; both groups are judged on the same held-out ones. */
export function drawGroups(sentences: readonly Sentence[], { seed, examples, heldOut }: Draw): Group[] {
  const deck = seededRandom(`personal-language-models/${seed}`).shuffle(sentences);
  const judged = deck.splice(0, heldOut);
  return Object.entries(conventions).map(([name, convention]) => {
    const write = (sentence: Sentence) => lineOf(sentence, convention);
    const people = convention.names.map((person) => [person, deck.splice(0, examples).map(write)] as const);
    return { name, people: new Map(people), heldOut: judged.map(write) };
  });
}

function lineOf({ text, positive }: Sentence, convention: Convention): Line {
  return {
    prompt: `Review: ${text}\nVerdict:`,
    completion: positive ? convention.positive : convention.negative,
  };
}
