// Which examples play which part in a check of one's own privacy: those trained on and guessed at, others that are guessed at and were
// not trained on, references that are known to be nobody's, and those of simulated members. Nobody plays two parts. Pure.
import type { Random } from '@colora/tensors/random';
import type { Example } from '@colora/training/tasks/tasks';

export interface Parts {
  /** What the update is made of. */
  readonly trained: readonly Example[];
  /** Of these, those that are guessed at. */
  readonly guessed: readonly Example[];
  /** As many that it isn't made of, where there are. */
  readonly strangers: readonly Example[];
  readonly references: readonly Example[];
  /** By member. */
  readonly others: readonly (readonly Example[])[];
  /** Own examples were held out, since no others were given. */
  readonly isSplit: boolean;
}

export interface Given {
  readonly examples: readonly Example[];
  /** Of the same kind and not hers; none: half of hers. */
  readonly heldOut: readonly Example[];
  /** For simulated members; none: what is left of those held out. */
  readonly others: readonly Example[];
  /** Simulated members beside her. */
  readonly simulated: number;
  readonly most: number;
}

/** More tell no more of what all have in common. */
const mostReferences = 48;

export function splitExamples(given: Given, random: Random): Parts {
  const isSplit = given.heldOut.length === 0;
  const mixed = random.shuffle(given.examples);
  const half = Math.ceil(mixed.length / 2);
  const trained = isSplit ? mixed.slice(0, half) : given.examples;
  const pool = isSplit ? mixed.slice(half) : random.shuffle(given.heldOut);
  const guessed = random.shuffle(trained).slice(0, given.most);
  const strangers = pool.slice(0, Math.min(guessed.length, Math.ceil(pool.length / 2)));
  const references = pool.slice(strangers.length, strangers.length + mostReferences);
  const rest = given.others.length > 0 ? given.others : pool.slice(strangers.length + references.length);
  return {
    trained,
    guessed,
    strangers,
    references,
    others: members(rest, trained.length, given.simulated, random),
    isSplit,
  };
}

/**
 * As many examples each as she has, drawn for each member anew: two of them may share some, none has one twice. No member where
 * there are fewer than she has.
 */
function members(pool: readonly Example[], size: number, count: number, random: Random): Example[][] {
  if (pool.length < size) return [];
  return Array.from({ length: count }, () => random.shuffle(pool).slice(0, size));
}
