// What of a tokenizer.json is read to say it in GGUF (https://huggingface.co/docs/tokenizers).

/** One token of the vocabulary, its row being its id. */
export interface Token {
  readonly text: string;
  /** As llama.cpp has them (gguf-tokenizer.ts). */
  readonly type: number;
}

/** A step before the merges: `type` and what belongs to it. */
export interface Step {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface TokenizerJson {
  readonly normalizer?: Step | null;
  readonly pre_tokenizer?: Step | null;
  readonly model: {
    readonly type?: string;
    readonly vocab?: Readonly<Record<string, number>>;
    /** Pairs, or pairs with a space between. */
    readonly merges?: readonly (string | readonly string[])[];
    readonly unk_token?: string | null;
    readonly byte_fallback?: boolean;
    readonly ignore_merges?: boolean;
  };
  readonly added_tokens?: readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
  }[];
}

/** The steps of a sequence, or the one step; those within sequences one after the other. */
export function stepsOf(step: Step | null | undefined): readonly Step[] {
  if (step == null) return [];
  if (step.type !== 'Sequence') return [step];
  return ((step.normalizers ?? step.pretokenizers ?? []) as readonly Step[]).flatMap(stepsOf);
}

export function mergePairs({ model: { merges = [] } }: TokenizerJson): (readonly [string, string])[] {
  return merges.map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge) as [string, string]);
}
