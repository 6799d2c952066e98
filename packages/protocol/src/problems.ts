// The RFC 9457 problem body of a row of the error table (problem-table.ts), and the error that becomes one.
// Who throws and how it is sent is the coordinator's affair; who retries is the client's.
import { z } from 'zod';
import { type ProblemCode, problemTable } from './problem-table.ts';

/**
 * RFC 9457 problem details with our code; `current` is the current checkpoint version where it helps, and of changed-meanwhile the
 * revision; `now` is what is there then.
 */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  current: z.int().optional(),
  now: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** An error that is told to the caller as it stands: its detail names what is wrong and how to mend it. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly current: number | undefined;
  readonly now: Problem['now'];

  constructor(code: ProblemCode, detail: string, current?: number, now?: Problem['now']) {
    super(detail);
    this.name = 'ProblemError';
    this.code = code;
    this.current = current;
    this.now = now;
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
      ...(this.now === undefined ? {} : { now: this.now }),
    };
  }
}
