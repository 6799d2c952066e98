// How long every method trains, from the amount of data: each person should see each example several
// times, and nobody waits for ever.
import type { Budget } from '../experiment/methods.ts';
import type { Person } from '../experiment/person.ts';
import { type ComparedKind, comparedKinds } from './compared-kinds.ts';

const passes = 8;
const maxRounds = 40;

/** The task's rounds, more where people hold more data (the median person passes 8 times), or as told. */
export function chooseBudget(people: readonly Person[], kind: ComparedKind, rounds?: number): Budget {
  const recipe = comparedKinds[kind].budget;
  if (rounds !== undefined) return { ...recipe, rounds };
  const sizes = people.map((person) => person.examples.length).sort((a, b) => a - b);
  const median = sizes[Math.floor(sizes.length / 2)]!;
  const wanted = Math.ceil((passes * median) / (recipe.steps * recipe.batchSize));
  return { ...recipe, rounds: Math.min(Math.max(wanted, recipe.rounds), maxRounds) };
}
