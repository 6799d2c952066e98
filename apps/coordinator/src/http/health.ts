// Whether the coordinator lives, and whether it should be given work: what containers and load balancers ask.
import { ProblemError } from '@colora/protocol/problems';
import type { Context } from '../context.ts';
import type { Result } from './call.ts';

/** Alive; a lost database is no reason to restart it. */
export function health({ databaseKind, version }: Context): Result<'health'> {
  return { status: 'ok', version, database: databaseKind };
}

/** Whoever asks has two seconds' patience, say. */
const checkMs = 1_000;

export async function ready({ watch, uploads }: Context): Promise<Result<'ready'>> {
  if (uploads.draining) throw new ProblemError('unavailable', 'the coordinator is shutting down');
  await watch.check(checkMs);
  return { status: 'ready' };
}
