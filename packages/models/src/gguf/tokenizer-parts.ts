// What sets one kind of vocabulary apart in a tokenizer.json: what byte-level-tokenizer.ts and
// sentencepiece-tokenizer.ts make, and gguf-tokenizer.ts puts together with what all have in common.

/** The members of a tokenizer.json that depend on the kind of vocabulary. */
export interface TokenizerParts {
  readonly normalizer: object | null;
  readonly preTokenizer: object | null;
  readonly model: object;
  readonly decoder: object;
  /** Whether texts begin with the start token where the metadata leave it open. */
  readonly startsByDefault: boolean;
}
