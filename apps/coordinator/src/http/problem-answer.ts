// Every error becomes a problem body (RFC 9457) here and nowhere else. What we do not know is logged
// and told as `internal`: no stack trace and no message of a library leaves the house.
import type { ProblemCode } from '@colora/protocol/problem-table';
import { ProblemError } from '@colora/protocol/problems';
import { issueWords } from '@colora/protocol/wrong-settings/issue-words';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import type { DatabaseWatch } from '../database/database-watch.ts';
import { retryAfterSeconds, unavailable } from '../database/unavailable.ts';
import { troubleOf } from '../sql/database-errors.ts';
import { pathOf } from './known-addresses.ts';

export function answerProblem(
  log: Logger,
  watch: DatabaseWatch,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const problem = toProblemError(error);
  if (problem.code === 'internal' || problem.code === 'unavailable') {
    const about = { method: request.method, path: pathOf(request) };
    const isKnown = watch.note(error) || watch.isTroubled; // an outage is told once, not once a request
    if (isKnown) log.debug({ ...about, reason: problem.message }, 'request put off');
    else if (error === problem) log.warn({ ...about, reason: problem.message }, 'request put off');
    else log.error({ err: error, ...about }, 'request failed');
  }
  if (problem.code === 'unavailable') reply.header('retry-after', retryAfterSeconds);
  if (problem.code === 'upload-in-progress' || problem.code === 'between-rounds')
    reply.header('retry-after', 1);
  if (problem.code === 'missing-key') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(problem.toProblem())));
}

function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof ZodError) return fromZod(error);
  const trouble = troubleOf(error);
  if (trouble !== null) return unavailable(trouble);
  return fromFastify(error) ?? new ProblemError('internal', 'the coordinator met an unexpected error');
}

function fromZod(error: ZodError): ProblemError {
  const wrong = error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${wordsOf(issue)}`);
  const settings = error.issues.every((issue) => issue.path[0] === 'settings');
  const code: ProblemCode = settings ? 'invalid-settings' : 'invalid-request';
  return new ProblemError(code, wrong.join('; '));
}

/** Of the settings' fields what they take; of all else what the schema says. */
function wordsOf(issue: ZodError['issues'][number]): string {
  return issue.path[0] === 'settings' ? issueWords({ ...issue, path: issue.path.slice(1) }) : issue.message;
}

/** Fastify's own refusals (bad JSON, bad content type, too much of it) carry a status below 500. */
function fromFastify(error: unknown): ProblemError | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number')
    return null;
  const { statusCode, message } = error;
  if (statusCode === 413) return new ProblemError('too-large', 'the body is larger than this route takes');
  if (statusCode === 414)
    return new ProblemError('address-too-long', 'no name is that long: check the address');
  if (statusCode === 415)
    return new ProblemError('wrong-content-type', `this content type is not taken here: ${message}`);
  if (statusCode === 404) return new ProblemError('unknown-route', message);
  return statusCode >= 400 && statusCode < 500 ? new ProblemError('invalid-request', message) : null;
}
