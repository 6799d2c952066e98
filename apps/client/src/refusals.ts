// A coordinator's final refusal as the daemon's own error, with what to do about it. Refusals that
// belong to one contribution (a stale version, say) are settled in deliver.ts and don't come here.
import type { ApiProblem } from '@colora/protocol/api-client';
import { ClientError, type ClientErrorCode } from './client-error.ts';

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
