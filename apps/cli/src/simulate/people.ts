// Who takes part in a simulation: how fast each trains, sends and receives, how long each stays. Drawn from distributions
// or from measured people given in a file; always the same for the same seed and number.
import { type Random, seededRandom } from '@colora/tensors/random';

/** exp(ln median + sigma z), z standard normal: skewed to the right, as the times of people's machines are. */
export interface LogNormal {
  readonly median: number;
  readonly sigma: number;
}

export interface Person {
  /** Seconds that a round's training takes. */
  readonly trainingSeconds: number;
  /** Bits a second, in millions. */
  readonly upMbps: number;
  readonly downMbps: number;
}

export interface PeopleModel {
  /** How people differ; measured ones, if given, are drawn from instead. */
  readonly trainingSeconds: LogNormal;
  readonly upMbps: LogNormal;
  readonly downMbps: LogNormal;
  readonly measured: readonly Person[];
  /** How the rounds of one person differ, around 1. */
  readonly jitter: number;
  /** The share of all that is online at a time. */
  readonly onlineShare: number;
  /** Mean minutes until one who is online goes; the time left is exponential. */
  readonly sessionMinutes: number;
  /** The share of those asked that never answers, sessions aside: crashes, refusals, batteries. */
  readonly dropout: number;
}

/**
 * Bandwidths: medians and spread of fixed and mobile lines as speed tests show them, with a tenfold gap between the
 * slowest and fastest tenth. Dropout and online share: 6 to 10 % and a diurnal 4x swing in Bonawitz et al. 2019,
 * "Towards Federated Learning at Scale" (arXiv 1902.01046). Training: eight steps of the benchmark's encoder at 0.15
 * to 5 seconds each. Nobody's measured people are in here: give yours with --people.
 */
export const defaultPeople: PeopleModel = {
  trainingSeconds: { median: 30, sigma: 0.8 },
  upMbps: { median: 20, sigma: 0.9 },
  downMbps: { median: 80, sigma: 0.9 },
  measured: [],
  jitter: 0.15,
  onlineShare: 0.1,
  sessionMinutes: 60,
  dropout: 0.08,
};

export function personOf(model: PeopleModel, seed: number, number: number): Person {
  const random = seededRandom(`person ${seed} ${number}`);
  const { measured } = model;
  if (measured.length > 0) return measured[random.integer(measured.length)] as Person;
  return {
    trainingSeconds: drawLogNormal(random, model.trainingSeconds),
    upMbps: drawLogNormal(random, model.upMbps),
    downMbps: drawLogNormal(random, model.downMbps),
  };
}

/** What one round's training takes a person; null when no answer will come. */
export function drawTraining(random: Random, model: PeopleModel, person: Person): number | null {
  const seconds = person.trainingSeconds * drawLogNormal(random, { median: 1, sigma: model.jitter });
  return random.next() < model.dropout ? null : seconds;
}

/** Seconds until somebody who is online now goes. */
export function drawStay(random: Random, { sessionMinutes }: PeopleModel): number {
  return -Math.log(1 - random.next()) * sessionMinutes * 60;
}

function drawLogNormal(random: Random, { median, sigma }: LogNormal): number {
  return median * Math.exp(sigma * random.gaussian());
}
