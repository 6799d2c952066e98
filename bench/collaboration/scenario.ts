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

export interface ScenarioRow {
  /** What is tried, in a few words. */
  readonly about: string;
  /** Intents that there have to be; 0: reviews do. */
  readonly intents: number;
  /** People of one `group` are alike; who is judged by what is each person's own. */
  readonly draw: (draw: Draw) => Person[];
}
