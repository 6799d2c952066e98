// How long every method trains, from the amount of data: each person should see each example several
// times, and nobody waits for ever.
import { type Budget, recipeBudget } from '../experiment/methods.ts';
import type { Person } from '../experiment/person.ts';

const passes = 8;
const maxRounds = 40;

/** The recipe's rounds, more where people hold more data (the median person passes 8 times), or as told. */
export function chooseBudget(people: readonly Person[], rounds?: number): Budget {
  if (rounds !== undefined) return { ...recipeBudget, rounds };
  const sizes = people.map((person) => person.examples.length).sort((a, b) => a - b);
  const median = sizes[Math.floor(sizes.length / 2)]!;
  const wanted = Math.ceil((passes * median) / (recipeBudget.steps * recipeBudget.batchSize));
  return { ...recipeBudget, rounds: Math.min(Math.max(wanted, recipeBudget.rounds), maxRounds) };
}
