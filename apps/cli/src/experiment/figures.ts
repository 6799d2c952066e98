// What an experiment yields: every person's held-out score under every method, means with standard errors, and
// paired differences. The JSON form is documented in the README.
import { type MethodName, methodNames } from './method-names.ts';
import { type Estimate, estimate, pairedDifference } from './statistics.ts';

/** One person's figures; accuracies and exact matches are fractions of 1, losses nats a token. */
export type PersonFigures = {
  readonly user: string;
  readonly group: string;
  readonly seed: number;
} & { readonly [Method in MethodName]?: number };

export interface Scores {
  readonly methods: Partial<Record<MethodName, Estimate>>;
  /** `core - alone` and so on, paired by person. */
  readonly differences: Record<string, Estimate>;
  readonly users: readonly PersonFigures[];
}

/** The scores are accuracies; of a language model exact matches, with the losses beside them. */
export interface Figures extends Scores {
  readonly losses?: Scores;
  readonly seconds: number;
  readonly engine: string;
  readonly seeds: readonly number[];
}

/** Methods every person has a figure for, in their usual order. */
export function comparedMethods(users: readonly PersonFigures[]): MethodName[] {
  return methodNames.filter((method) => users.every((user) => user[method] !== undefined));
}

export function summarise(users: readonly PersonFigures[], seconds: number, engine: string): Figures {
  return { ...score(users), seconds, engine, seeds: [...new Set(users.map((user) => user.seed))] };
}

/** Means and paired differences of one kind of figure. */
export function score(users: readonly PersonFigures[]): Scores {
  const compared = comparedMethods(users);
  const values = (method: MethodName) => users.map((user) => user[method]!);
  const differences = compared
    .filter((method) => method !== 'core' && compared.includes('core'))
    .map((method) => [`core - ${method}`, pairedDifference(values('core'), values(method))] as const);
  return {
    methods: Object.fromEntries(compared.map((method) => [method, estimate(values(method))])),
    differences: Object.fromEntries(differences),
    users,
  };
}
