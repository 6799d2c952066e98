// The error table: code -> HTTP status -> title, and the RFC 9457 problem body made from it.
// Who throws and how it is sent is the coordinator's affair; who retries is the client's.
import { z } from 'zod';

export const problemTable = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-settings': { status: 400, title: 'The settings are not valid' },
  'invalid-tensors': { status: 400, title: 'The body is not a valid safetensors file' },
  'truncated-body': { status: 400, title: 'The body ended before its announced length' },
  'hash-mismatch': { status: 400, title: 'The body does not match its Content-Digest' },
  'missing-key': { status: 401, title: 'An API key is needed' },
  'invalid-key': { status: 401, title: 'The API key is unknown or revoked' },
  'wrong-role': { status: 403, title: 'The key has not the role this needs' },
  'not-a-member': { status: 403, title: 'Not a member of this task group' },
  'invitation-needed': { status: 403, title: 'This task group is by invitation' },
  'unknown-route': { status: 404, title: 'No such address' },
  'unknown-group': { status: 404, title: 'No such task group' },
  'unknown-round': { status: 404, title: 'No such round' },
  'unknown-checkpoint': { status: 404, title: 'No such checkpoint' },
  'unknown-key': { status: 404, title: 'No such key' },
  'name-taken': { status: 409, title: 'The name is taken' },
  'stale-version': { status: 409, title: 'The contribution was made at an older checkpoint' },
  'not-collecting': { status: 409, title: 'The round does not collect contributions' },
  'not-assigned': { status: 409, title: 'Not in the cohort of this round' },
  'duplicate-contribution': { status: 409, title: 'Another contribution of yours is already in this round' },
  'wrong-group-state': { status: 409, title: 'The task group is in a state that does not allow this' },
  'wrong-round-state': { status: 409, title: 'The round is in a state that does not allow this' },
  'group-paused': { status: 409, title: 'The task group is paused' },
  'checkpoint-exists': { status: 409, title: 'The initial checkpoint is already there' },
  'too-slow': { status: 408, title: 'The body came too slowly' },
  'too-large': { status: 413, title: 'The body is too large' },
  'wrong-tensors': { status: 422, title: 'Names or shapes are not those of the checkpoint' },
  'not-finite': { status: 422, title: 'The contribution holds NaN or infinite values' },
  'norm-exceeded': { status: 422, title: 'The contribution is larger than the group allows' },
  'implausible-examples': { status: 422, title: 'The contribution claims more examples than can be' },
  'upload-in-progress': { status: 429, title: 'Another upload of yours is under way' },
  'between-rounds': { status: 503, title: 'The next round opens in a moment' },
  internal: { status: 500, title: 'Something went wrong here; it was logged' },
  unavailable: { status: 503, title: 'The coordinator cannot do this just now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problemTable;

/** RFC 9457 problem details with our code; `current` is the current checkpoint version where it helps. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  current: z.int().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** An error that is told to the caller as it stands: its detail names what is wrong and how to mend it. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly current: number | undefined;

  constructor(code: ProblemCode, detail: string, current?: number) {
    super(detail);
    this.name = 'ProblemError';
    this.code = code;
    this.current = current;
  }

  get status(): number {
    return problemTable[this.code].status;
  }

  toProblem(): Problem {
    const { status, title } = problemTable[this.code];
    const type = `urn:colora:problem:${this.code}`;
    return {
      type,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.current === undefined ? {} : { current: this.current }),
    };
  }
}
