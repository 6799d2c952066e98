// A coordinator's final refusal as the daemon's own error, with what to do about it. Refusals because of the
// time (a stale version, say) are settled in deliver.ts and don't come here.
import type { ApiProblem } from '@colora/protocol/api-client';
import { meaningOf } from '@colora/protocol/problem-table';
import { ClientError, type ClientErrorCode } from '../client-error.ts';
import type { Log } from '../client-log.ts';

export function refusalToClientError(refusal: ApiProblem): ClientError {
  const meaning = meaningOf(refusal.problem);
  const mend = meaning.means === 'sender' && meaning.advice !== undefined ? `; ${meaning.advice}` : '';
  return new ClientError(endingOf(refusal), `${refusal.message}${mend}`, { cause: refusal });
}

function endingOf(refusal: ApiProblem): ClientErrorCode {
  const { status } = refusal.problem;
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (refusal.is('unknown-group')) return 'unknown-group';
  return refusal.is('name-taken') ? 'name-taken' : 'refused';
}

/** A norm may be exceeded by one unlucky round; so often in a row it is no accident. */
const mostInARow = 3;

/**
 * A contribution's content was refused, and it is out of the outbox. Says why, and returns how many in a row
 * that makes; throws ClientError 'contribution-refused' where the next one would fare no better.
 */
export function bearRefusal(log: Log, refused: ApiProblem, round: number, before: number): number {
  const why = `round ${round}: the coordinator refused the contribution (${refused.problem.code}): ${refused.message}`;
  const mend = meaningOf(refused.problem).advice;
  if (!refused.is('norm-exceeded') || before + 1 >= mostInARow) {
    throw new ClientError('contribution-refused', `${why}; ${mend}`, { cause: refused });
  }
  log('warn', `${why}; the personal part keeps what it learnt, and the next round is joined`, { round });
  return before + 1;
}
