// What an experiment yields: every person's held-out score under every method, means with standard errors, paired
// differences, and who ends worse than alone. docs/compare.md documents the JSON form.
import type { Opinion } from '@colora/protocol/guard/opinion';
import { type MethodName, methodNames } from './method-names.ts';
import { type Estimate, estimate, pairedDifference } from './statistics.ts';

/** What a person's own examples said, where she is guarded. */
export interface GuardSays {
  /** 0 to 1; what is left weighs the model trained alone. */
  readonly weightOfCore: number;
  /** Null where nothing can be told. */
  readonly verdict: Opinion | null;
  /** 0 to 1: that core has more right than alone, as the verdict saw it. */
  readonly helped: number | null;
  /** The chance that she'd be counted as worse than alone by what is held out alone, were the method as good for her. */
  readonly worseByChance: { readonly core: number; readonly guarded: number };
  /** The number of the cluster whose head rows she uses; null where members aren't grouped. */
  readonly cluster: number | null;
}

/** One person's figures; accuracies and exact matches are fractions of 1, losses nats a token. */
export type PersonFigures = {
  readonly user: string;
  readonly group: string;
  readonly seed: number;
} & { readonly [Method in MethodName]?: number } & Partial<GuardSays>;

export interface Scores {
  readonly methods: Partial<Record<MethodName, Estimate>>;
  /** `core - alone`, `guarded - alone` and so on, paired by person. */
  readonly differences: Record<string, Estimate>;
  readonly users: readonly PersonFigures[];
}

/** The scores are accuracies; of a language model exact matches, with the losses beside them. */
export interface Figures extends Scores {
  readonly worseThanAlone: Partial<Record<(typeof proposed)[number], WorseThanAlone>>;
  readonly losses?: Scores;
  readonly seconds: number;
  readonly engine: string;
  readonly seeds: readonly number[];
}

/** The share of people (and seeds) whose score is more than `worseBy` below their own by `alone`. */
export interface WorseThanAlone extends Estimate {
  /** The share that chance alone would make on what is held out; left out where nobody is guarded. */
  readonly byChance?: number;
}

/** As a fraction of 1: two points, about what a held-out set of 200 examples tells apart. */
export const worseBy = 0.02;

/** What the other methods are set against. */
export const proposed = ['core', 'guarded'] as const satisfies readonly MethodName[];

/** Methods every person has a figure for, in their usual order. */
export function comparedMethods(users: readonly PersonFigures[]): MethodName[] {
  return methodNames.filter((method) => users.every((user) => user[method] !== undefined));
}

export function summarise(users: readonly PersonFigures[], seconds: number, engine: string): Figures {
  const worseThanAlone = worseOff(users);
  return {
    ...score(users),
    worseThanAlone,
    seconds,
    engine,
    seeds: [...new Set(users.map((user) => user.seed))],
  };
}

/** Means and paired differences of one kind of figure. */
export function score(users: readonly PersonFigures[]): Scores {
  const compared = comparedMethods(users);
  const values = (method: MethodName) => users.map((user) => user[method]!);
  const differences = proposed
    .filter((method) => compared.includes(method))
    .flatMap((method) =>
      compared
        .filter(
          (other) => !proposed.some((each) => each === other) || (method === 'guarded' && other === 'core'),
        )
        .map((other) => [`${method} - ${other}`, pairedDifference(values(method), values(other))] as const),
    );
  return {
    methods: Object.fromEntries(compared.map((method) => [method, estimate(values(method))])),
    differences: Object.fromEntries(differences),
    users,
  };
}

function worseOff(users: readonly PersonFigures[]): Figures['worseThanAlone'] {
  const compared = comparedMethods(users);
  if (!compared.includes('alone')) return {};
  const isWorse = (user: PersonFigures, method: MethodName) =>
    Number(user[method]! - user.alone! < -worseBy - 1e-9); // exactly two points down isn't more than two
  return Object.fromEntries(
    proposed
      .filter((method) => compared.includes(method))
      .map((method) => [
        method,
        { ...estimate(users.map((user) => isWorse(user, method))), ...byChance(users, method) },
      ]),
  );
}

function byChance(users: readonly PersonFigures[], method: (typeof proposed)[number]) {
  const chances = users.flatMap(({ worseByChance }) => worseByChance?.[method] ?? []);
  return chances.length < users.length ? {} : { byChance: estimate(chances).mean };
}
