// The error table: code -> HTTP status -> title -> what the refusal means to a client that hears it, with what its
// user can do about it. Data alone, so that whoever explains errors loads no schemas; the body on the wire is problems.ts.

/**
 * retry      the same call may succeed later
 * too-late   a contribution that can never count any more
 * duplicate  another contribution of this participant counts already
 * paused     to be kept: it may count once the group runs again
 * content    what a contribution holds is refused; sent again it would be refused again
 * sender     about who asks, or what was asked; final
 */
type Consequence = 'retry' | 'too-late' | 'duplicate' | 'paused' | 'content' | 'sender';

/** What a refusal means; `advice` says how to mend it, where its own detail does not. */
export type Meaning =
  | { readonly means: Exclude<Consequence, 'content' | 'sender'>; readonly advice?: never }
  | { readonly means: 'content'; readonly advice: string }
  | { readonly means: 'sender'; readonly advice?: string };

type Row = Meaning & { readonly status: number; readonly title: string };

const updateAdvice = 'this version of CoLoRA and the group’s do not fit: update it';

export const problemTable = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    means: 'content',
    advice: 'ask whoever runs the coordinator',
  },
  'invalid-settings': { status: 400, title: 'The settings are not valid', means: 'sender' },
  'invalid-tensors': {
    status: 400,
    title: 'The body is not a valid safetensors file',
    means: 'content',
    advice: updateAdvice,
  },
  'truncated-body': { status: 400, title: 'The body ended before its announced length', means: 'retry' },
  'hash-mismatch': { status: 400, title: 'The body does not match its Content-Digest', means: 'retry' },
  'missing-key': {
    status: 401,
    title: 'An API key is needed',
    means: 'sender',
    advice: 'pass the key of this participant',
  },
  'invalid-key': {
    status: 401,
    title: 'The API key is unknown or revoked',
    means: 'sender',
    advice: 'pass a valid key, or use a new workspace to enrol anew',
  },
  'wrong-role': {
    status: 403,
    title: 'The key has not the role this needs',
    means: 'sender',
    advice: 'join with a participant’s key (or none, to enrol)',
  },
  'wrong-scope': { status: 403, title: 'The key is good for some task groups only', means: 'sender' },
  'invitation-needed': {
    status: 403,
    title: 'The invitation lets nobody in any more',
    means: 'sender',
    advice: 'ask an admin of the group for another one',
  },
  'client-certificate-needed': {
    status: 403,
    title: 'Members come with a certificate here',
    means: 'sender',
  },
  'csrf-token-needed': {
    status: 403,
    title: 'The page’s token is missing or another session’s',
    means: 'sender',
    advice: 'load the page anew',
  },
  'foreign-site': { status: 403, title: 'Sent by a page of another site', means: 'sender' },
  'enrolment-limit': {
    status: 403,
    title: 'Too many have enrolled from this address',
    means: 'sender',
    advice: 'come again later, or ask an admin of the group for an invitation: with one it doesn’t matter',
  },
  'unknown-route': { status: 404, title: 'No such address', means: 'sender' },
  'unknown-group': {
    status: 404,
    title: 'No task group of that name is open to this caller',
    means: 'sender',
    advice: 'check the name, and whether it takes an invitation, with whoever runs the coordinator',
  },
  'unknown-round': { status: 404, title: 'No such round', means: 'too-late' },
  'unknown-checkpoint': { status: 404, title: 'No such checkpoint', means: 'too-late' },
  'unknown-participant': { status: 404, title: 'No such participant', means: 'sender' },
  'unknown-key': { status: 404, title: 'No such key', means: 'sender' },
  'unknown-session': { status: 404, title: 'No such session', means: 'sender' },
  'unknown-invitation': { status: 404, title: 'No such invitation', means: 'sender' },
  'wrong-method': { status: 405, title: 'The address does not take this method', means: 'sender' },
  'last-admin-key': { status: 409, title: 'Nobody could administer any more', means: 'sender' },
  'name-taken': {
    status: 409,
    title: 'The name is taken',
    means: 'sender',
    advice: 'choose another name',
  },
  'settings-changed': { status: 409, title: 'Somebody else changed the settings meanwhile', means: 'sender' },
  'other-signing-key': {
    status: 409,
    title: 'The participant signs with another key',
    means: 'sender',
    advice:
      'use the workspace that it joined with, or have an admin run: colora participants reset-signing-key',
  },
  'membership-limit': { status: 409, title: 'No more members, or memberships, are taken', means: 'sender' },
  'stale-version': {
    status: 409,
    title: 'It was made at another checkpoint',
    means: 'too-late',
  },
  'not-collecting': { status: 409, title: 'The round does not collect contributions', means: 'too-late' },
  'not-assigned': { status: 409, title: 'Not in the cohort of this round', means: 'too-late' },
  'duplicate-contribution': {
    status: 409,
    title: 'Another contribution of yours is already in this round',
    means: 'duplicate',
  },
  'wrong-group-state': {
    status: 409,
    title: 'The task group is in a state that does not allow this',
    means: 'too-late',
  },
  'wrong-round-state': {
    status: 409,
    title: 'The round is in a state that does not allow this',
    means: 'sender',
  },
  'group-paused': { status: 409, title: 'The task group is paused', means: 'paused' },
  'checkpoint-exists': { status: 409, title: 'The initial checkpoint is already there', means: 'sender' },
  'answer-lost': {
    status: 409,
    title: 'It was done, and its answer is not kept',
    means: 'sender',
    advice: 'look at what is there before you ask with another Idempotency-Key',
  },
  'changed-meanwhile': {
    status: 412,
    title: 'It was changed since it was read',
    means: 'sender',
    advice: 'look at what is there now, and ask again',
  },
  'too-slow': { status: 408, title: 'The body came too slowly', means: 'retry' },
  'too-large': { status: 413, title: 'The body is too large', means: 'content', advice: updateAdvice },
  'address-too-long': { status: 414, title: 'The address is too long', means: 'sender' },
  'wrong-content-type': {
    status: 415,
    title: 'The body is of another type than this takes',
    means: 'sender',
    advice: updateAdvice,
  },
  'headers-too-large': { status: 431, title: 'The headers are too large', means: 'sender' },
  'wrong-tensors': {
    status: 422,
    title: 'Names or shapes are not those of the checkpoint',
    means: 'content',
    advice: updateAdvice,
  },
  'not-finite': {
    status: 422,
    title: 'The contribution holds NaN or infinite values',
    means: 'content',
    advice: 'training diverged here: ask the group’s admin for lower rates, or look for broken examples',
  },
  'norm-exceeded': {
    status: 422,
    title: 'The contribution is larger than the group allows',
    means: 'content',
    advice: 'look for odd examples, or ask the group’s admin for lower rates or a wider norm limit',
  },
  'implausible-examples': {
    status: 422,
    title: 'The contribution claims more examples than can be',
    means: 'content',
    advice: 'join with the examples that you have',
  },
  'wrong-signature': {
    status: 422,
    title: 'The contribution is not signed by its sender as what it is',
    means: 'content',
    advice: 'stop what else uses the key of this participant, and join again from its own workspace',
  },
  'key-reused': {
    status: 422,
    title: 'The Idempotency-Key came with another request before',
    means: 'sender',
    advice: 'use a new one for each request',
  },
  'too-many-requests': { status: 429, title: 'Asked too often', means: 'retry' },
  'upload-in-progress': { status: 429, title: 'Another upload of yours is under way', means: 'retry' },
  'between-rounds': { status: 503, title: 'The next round opens in a moment', means: 'retry' },
  internal: { status: 500, title: 'Something went wrong here; it was logged', means: 'retry' },
  unavailable: { status: 503, title: 'The coordinator cannot do this just now', means: 'retry' },
} as const satisfies Readonly<Record<string, Row>>;

export type ProblemCode = keyof typeof problemTable;

/** Of a problem as it came; a code that only a newer coordinator has means what its status does. */
export function meaningOf({ code, status }: { readonly code: string; readonly status: number }): Meaning {
  if (Object.hasOwn(problemTable, code)) return problemTable[code as ProblemCode];
  return { means: status === 408 || status === 429 || status >= 500 ? 'retry' : 'sender' };
}
