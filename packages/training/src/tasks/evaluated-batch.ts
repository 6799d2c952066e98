// A batch that the evaluation program has run over: what figures and answers are made of.
import type { BatchShape, EncodedExample } from './encoded-example.ts';

export interface EvaluatedBatch {
  /** Those of the first rows. */
  readonly examples: readonly EncodedExample[];
  readonly shape: BatchShape;
  /** By the names that the kind's program gives them (task-program.ts). */
  readonly outputs: Readonly<Record<string, { readonly data: Float32Array }>>;
}

/** The values of an output that the kind's program promises. */
export function outputOf({ outputs }: EvaluatedBatch, name: string): Float32Array {
  const output = outputs[name];
  if (output === undefined) throw new Error(`the evaluation program gave no output ${name}`);
  return output.data;
}
