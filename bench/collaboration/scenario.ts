// What a scenario is: people drawn by a seed from reviews, and from intents where somebody has a set of them. The tables are
// review-scenarios.ts and intent-scenarios.ts.
import type { Sentences } from '@colora/cli/demo/sentences';
import type { Person } from '@colora/cli/experiment/person';
import type { Random } from '@colora/tensors/random';
import type { Intents } from './intents.ts';

export interface Draw {
  readonly sentences: Sentences;
  /** Empty without a set of them. */
  readonly intents: Intents;
  readonly seed: number;
  /** Of this scenario and seed. */
  readonly random: Random;
}

/** Whose labels mean the same: everybody's, those of a group (its name without the folder's number), nobody else's. */
export type Kin = 'all' | 'group' | 'nobody';

export interface ScenarioRow {
  /** What is tried, in a few words. */
  readonly about: string;
  readonly kin: Kin;
  /** Intents that there have to be; 0: reviews do. */
  readonly intents: number;
  /** Who is judged by what is each person's own. */
  readonly draw: (draw: Draw) => Person[];
}
