// From the error that ends a daemon to what may be told of it: the name of its exit status and, of the codes of the error and of what is
// behind it, the innermost that is on the list. Messages, paths and stacks are never looked at.
import { isReportedCause, isReportedExit, type ReportedCause } from '@colora/protocol/why/endings';
import type { ErrorReport } from '@colora/protocol/why/error-report';
import { explainError } from '../explain-error.ts';

/** Of these the coordinator that would hear it isn't trusted, or only over an open line. */
const neverTold: ReadonlySet<string> = new Set(['untrusted-coordinator', 'plain-address']);

/** Null where there is nothing to tell: it was stopped, could not be let in, or may not tell it there. */
export function reportOf(error: unknown): Omit<ErrorReport, 'round'> | null {
  if (error instanceof Error && neverTold.has(codeOf(error) ?? '')) return null;
  const { code: exit } = explainError(error);
  return isReportedExit(exit) ? { exit, cause: causeOf(error) } : null;
}

const mostDeep = 5;

function causeOf(error: unknown): ReportedCause | null {
  let found: ReportedCause | null = null;
  for (let at = error, depth = 0; at instanceof Error && depth < mostDeep; at = at.cause, depth += 1) {
    const code = codeOf(at);
    if (code !== null && isReportedCause(code)) found = code;
  }
  return found;
}

/** Of a coordinator's refusal that of its problem. */
function codeOf(error: Error): string | null {
  if ('problem' in error) return (error.problem as { code: string }).code;
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}
