// The errors that end a daemon, as one list of codes. Each says what is wrong and how to mend it;
// the command gives every code its exit status. What can pass is retried and never gets here.
export const clientErrorCodes = [
  'unauthorized',
  'forbidden',
  'plain-address',
  'untrusted-coordinator',
  'unknown-group',
  'name-taken',
  'fingerprint-mismatch',
  'bad-file',
  'not-joined',
  'workspace-locked',
  'workspace-mismatch',
  'workspace-damaged',
  'refused',
  'contribution-refused',
  'diverged',
  'excessive',
  'not-agreed',
  'used-elsewhere',
] as const;

export type ClientErrorCode = (typeof clientErrorCodes)[number];

export class ClientError extends Error {
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClientError';
    this.code = code;
  }
}
