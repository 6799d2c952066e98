// What callers are told while the database cannot do its work: 503, when to come back, and which trouble it is. Which
// errors mean which trouble is sql/database-errors.ts's.
import { ProblemError } from '@colora/protocol/problems';
import type { Trouble } from '../sql/database-errors.ts';

/** Seconds after which asking again makes sense. */
export const retryAfterSeconds = 5;

/** After "the database …". */
export const troubleWords: Readonly<Record<Trouble, string>> = {
  unreachable: 'is out of reach',
  silent: 'does not answer',
  'read-only': 'is read-only',
  full: 'has no room left (its disk is full)',
  crowded: 'has no connection or memory left',
  conflict: 'had others to serve first',
};

export function unavailable(trouble: Trouble): ProblemError {
  const why = `the database ${troubleWords[trouble]} just now`;
  return new ProblemError('unavailable', `${why}; try again in ${retryAfterSeconds} s`);
}
