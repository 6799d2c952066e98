// What callers are told while the database cannot do its work: 503, when to come back, and which trouble it is. Which
// errors mean which trouble is sql/database-errors.ts's.
import { ProblemError } from '@colora/protocol/problems';
import { innermost, type Trouble, troubleOf } from '../sql/database-errors.ts';
import { StartError } from '../start-error.ts';

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

/** Of an error at the start: the trouble with the database as something to mend, any other as it is. */
export function startErrorOf(error: unknown): unknown {
  const trouble = error instanceof StartError ? null : troubleOf(error);
  if (trouble === null) return error;
  const words = `the database ${troubleWords[trouble]} (${innermost(error)}): mend that, and start again`;
  return new StartError(words, { cause: error });
}
