// A learner's examples, encoded, without those that nothing is asked of: a completion cut away whole, words past the
// limit, a text of one token. They would pull what is learnt to nowhere and make figures that are no numbers. How an
// example is encoded is the kind of task's.
import { type EncodingOptions, encodeExamples, type SourcedExample } from '../tasks/encode-examples.ts';
import { countedTokens, type EncodedExample } from '../tasks/encoded-example.ts';
import { type Example, taskOf } from '../tasks/tasks.ts';
import type { TextEncoder } from '../text/tokenizer.ts';

export interface OwnExamples {
  readonly encoded: readonly SourcedExample[];
  /** Indices of the examples of which nothing is left. */
  readonly setAside: readonly number[];
}

export interface OwnEncoding extends EncodingOptions {
  readonly encoder: TextEncoder;
}

/** `learnt`: only what a loss can be had on is kept; to be judged, a label that the learner doesn't have counts too, as wrong. */
export async function encodeOwn(
  examples: readonly Example[],
  { encoder, ...options }: OwnEncoding,
  use: 'learnt' | 'judged',
): Promise<OwnExamples> {
  const task = taskOf(options.task);
  const isAsked = (one: EncodedExample) =>
    task.answers === 'texts' ? one.ids.length > 0 : countedTokens(one) > 0;
  const all = await encodeExamples(examples, encoder, options);
  const encoded = all.filter((one) => isAsked(one) && (use === 'judged' || task.isJudged(one)));
  const kept = new Set(encoded.map(({ source }) => source));
  return { encoded, setAside: [...examples.keys()].filter((index) => !kept.has(index)) };
}
