// Examples as the programs see them: token ids, which label, which tokens count, how long they are padded; and how
// many of them a batch holds. How a kind of task makes them is its own file, for all of a learner's encode-examples.ts.

/** What is right where no label a text is: of single tokens one value a place, of a whole text values alone. */
export interface TokenTargets {
  /** Whose state is looked at: the token before the learnt one, or a word's first. Ascending. */
  readonly positions: readonly number[];
  /** The token that follows, or the index of the word's tag (-1 for one that the learner doesn't have). */
  readonly values: readonly number[];
}

export interface EncodedExample {
  /** Names the token ids: equal texts have equal keys. */
  readonly key: string;
  readonly ids: readonly number[];
  /** The length it is padded to, unless others of its batch are longer. */
  readonly padTo: number;
  /** Index into the learner's labels; -1 for a label it doesn't have (or none at all). */
  readonly label: number;
  /** Empty where whole texts are answered for. */
  readonly targets: TokenTargets;
  readonly truncated: boolean;
}

/** How many tokens of an example count. */
export function countedTokens({ targets }: Pick<EncodedExample, 'targets'>): number {
  return targets.positions.length;
}

/** Examples a batch and tokens an example. */
export interface BatchShape {
  /** B */
  readonly size: number;
  /** T */
  readonly tokens: number;
  /** R, the most tokens of an example that count as targets; 0 where whole texts are answered for. */
  readonly targets: number;
}
