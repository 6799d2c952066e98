// A coordinator's final refusal as the daemon's own error, with what to do about it. Refusals because of the
// time (a stale version, say) are settled in deliver.ts and don't come here.
import type { ApiProblem } from '@colora/protocol/api-client';
import { ClientError, type ClientErrorCode } from '../client-error.ts';
import type { Log } from '../client-log.ts';

const codes: Readonly<Record<string, ClientErrorCode>> = {
  'missing-key': 'unauthorized',
  'invalid-key': 'unauthorized',
  'wrong-role': 'forbidden',
  'not-a-member': 'forbidden',
  'invitation-needed': 'forbidden',
  'unknown-group': 'unknown-group',
  'name-taken': 'name-taken',
};

const advice: Readonly<Record<string, string>> = {
  'missing-key': 'pass the key of this participant',
  'invalid-key': 'pass a valid key, or use a new workspace to enrol anew',
  'wrong-role': 'join with a participant’s key (or none, to enrol)',
  'invitation-needed': 'ask an admin of the group for an invitation and pass it',
  'unknown-group': 'check the name with whoever runs the coordinator',
  'name-taken': 'choose another name, or pass the key of that participant',
};

export function refusalToClientError(refusal: ApiProblem): ClientError {
  const { code, status } = refusal.problem;
  const known = codes[code] ?? (status === 401 ? 'unauthorized' : status === 403 ? 'forbidden' : 'refused');
  const mend = advice[code];
  const message = mend === undefined ? refusal.message : `${refusal.message}; ${mend}`;
  return new ClientError(known, message, { cause: refusal });
}

/** What to do about a contribution that was refused for what it holds. */
const contentAdvice: Readonly<Record<string, string>> = {
  'not-finite': 'training diverged here: ask the group’s admin for lower rates, or look for broken examples',
  'norm-exceeded': 'look for odd examples, or ask the group’s admin for lower rates or a wider norm limit',
  'implausible-examples': 'join with the examples that you have',
  'wrong-tensors': 'this version of CoLoRA and the group’s do not fit: update it',
  'invalid-tensors': 'this version of CoLoRA and the group’s do not fit: update it',
  'too-large': 'this version of CoLoRA and the group’s do not fit: update it',
};

/** A norm may be exceeded by one unlucky round; so often in a row it is no accident. */
const mostInARow = 3;

/**
 * A contribution's content was refused, and it is out of the outbox. Says why, and returns how many in a row
 * that makes; throws ClientError 'contribution-refused' where the next one would fare no better.
 */
export function bearRefusal(log: Log, refused: ApiProblem, round: number, before: number): number {
  const { code } = refused.problem;
  const why = `round ${round}: the coordinator refused the contribution (${code}): ${refused.message}`;
  const mend = contentAdvice[code] ?? 'ask whoever runs the coordinator';
  if (code !== 'norm-exceeded' || before + 1 >= mostInARow) {
    throw new ClientError('contribution-refused', `${why}; ${mend}`, { cause: refused });
  }
  log('warn', `${why}; the personal part keeps what it learnt, and the next round is joined`, { round });
  return before + 1;
}
