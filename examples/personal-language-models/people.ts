// Who takes part and what they write: eight people file reviews of one sentence by what is reviewed and how it was
// liked. Half of them keep shelves and name the subject first, the others write like critics: the same prompts, and
// answers that contradict each other from the first word on.
import { seededRandom } from '@colora/tensors/random';

export interface Sentence {
  readonly text: string;
  readonly positive: boolean;
  readonly subject: 'product' | 'film' | 'restaurant';
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
  readonly write: (subject: string, verdict: string) => string;
}

const conventions: Readonly<Record<string, Convention>> = {
  shelves: {
    names: ['aya', 'ben', 'cleo', 'dan'],
    write: (subject, verdict) => ` ${subject}, ${verdict}`,
  },
  critics: {
    names: ['eva', 'finn', 'gita', 'hugo'],
    write: (subject, verdict) => ` ${verdict} ${subject}`,
  },
};

interface Draw {
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

function lineOf({ text, positive, subject }: Sentence, { write }: Convention): Line {
  return { prompt: `Review: ${text}\nFile under:`, completion: write(subject, positive ? 'good' : 'bad') };
}
