// What a private example is, by kind of task. Where examples come from is data.ts, how they are checked
// example-fields.ts, what programs see of them encode-examples.ts.

export interface LabelledExample {
  readonly text: string;
  readonly label: string;
}
export interface CompletionExample {
  readonly prompt: string;
  readonly completion: string;
}
export interface TextExample {
  readonly text: string;
}
export interface ChatMessage {
  /** `system`, `user`, `assistant`, or whatever else the base model's chat template knows. */
  readonly role: string;
  readonly content: string;
}
export interface ChatExample {
  readonly messages: readonly ChatMessage[];
}
/** Words and their tags, one a word: `O`, `B-…`, `I-…` where the tags name spans. */
export interface TaggedExample {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
}
export type Example = LabelledExample | CompletionExample | TextExample | ChatExample | TaggedExample;

/** What the rows must hold: a task group's task fits. `any`: labels that nobody has declared yet. */
export type ReadableTask =
  | {
      readonly kind: 'classification' | 'token-classification';
      readonly labels: readonly string[] | 'any';
    }
  | { readonly kind: 'causal-lm' };
