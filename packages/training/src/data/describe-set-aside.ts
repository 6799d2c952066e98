// How examples that nothing can be learnt from, or judged by, are told: how many, and where they stand.
import type { Example } from '../tasks/tasks.ts';
import { type DataPlace, describePlace } from '../training-error.ts';

export interface SetAside {
  /** Indices of `examples`. */
  readonly indices: readonly number[];
  readonly examples: readonly Example[];
  /** Where those stand that were read from a file. */
  readonly places?: ReadonlyMap<Example, DataPlace>;
  readonly tokenLimit: number;
  readonly use: 'learn' | 'judge by';
}

const shown = 5;

/** One line; null where there are none. */
export function describeSetAside({ indices, examples, places, tokenLimit, use }: SetAside): string | null {
  if (indices.length === 0) return null;
  const where = indices.slice(0, shown).map((index) => {
    const place = places?.get(examples[index]!);
    return place === undefined ? `example ${index + 1}` : describePlace(place);
  });
  const more = indices.length > shown ? `, and ${indices.length - shown} more` : '';
  return `${indices.length} of ${examples.length} examples hold nothing to ${use} within ${tokenLimit} tokens and are left out: ${where.join(', ')}${more}`;
}
