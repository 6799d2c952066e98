// The kinds of tasks that `compare` knows, as a table: which methods there are for each, how long and how much of a text
// they read, what they are judged by. What a method sets is experiment/methods.ts and language-methods.ts.
import type { TaskKind } from '@colora/protocol/task-kinds';
import { languageBudget } from '../experiment/language-methods.ts';
import type { ComparedTask } from '../experiment/method-groups.ts';
import { classificationMethods, languageMethods, type MethodName } from '../experiment/method-names.ts';
import { type Budget, recipeBudget } from '../experiment/methods.ts';

export type ComparedKind = ComparedTask['kind'];

interface ComparedKindRow {
  readonly methods: readonly MethodName[];
  /** Of little data; more of it makes more rounds (choose-budget.ts). */
  readonly budget: Budget;
  /** A length of these that holds so large a share of the texts whole. */
  readonly reading: {
    readonly lengths: readonly number[];
    readonly tokensPerWord: number;
    readonly share: number;
  };
  readonly score: 'accuracy' | 'exactMatch';
  /** Whether losses are set beside the scores. */
  readonly losses: boolean;
  /** Whether the base models are so small that one process may hold several for the whole comparison. */
  readonly small: boolean;
}

export const comparedKinds: Readonly<Record<ComparedKind, ComparedKindRow>> = {
  classification: {
    methods: classificationMethods,
    budget: recipeBudget,
    reading: { lengths: [24, 32, 48, 64, 96, 128], tokensPerWord: 1.3, share: 0.9 },
    score: 'accuracy',
    losses: false,
    small: true,
  },
  'causal-lm': {
    methods: languageMethods,
    budget: languageBudget,
    // a prompt that is cut loses its start, so more of them are read whole; short ones are padded to less anyway
    reading: { lengths: [24, 32, 64, 96, 128, 192, 256, 384, 512], tokensPerWord: 1.7, share: 0.99 },
    score: 'exactMatch',
    losses: true,
    small: false,
  },
};

export function isCompared(kind: TaskKind): kind is ComparedKind {
  return Object.hasOwn(comparedKinds, kind);
}
