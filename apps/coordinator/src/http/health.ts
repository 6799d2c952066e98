// Whether the coordinator lives, and whether it should be given work: what containers and load balancers ask.
import { ProblemError } from '@colora/protocol/problems';
import type { Context } from '../context.ts';
import type { Result } from './call.ts';

/** Alive; a lost database is no reason to restart it. */
export function health({ databaseKind, version }: Context): Result<'health'> {
  return { status: 'ok', version, database: databaseKind };
}

export async function ready({ db, uploads }: Context): Promise<Result<'ready'>> {
  if (uploads.draining) throw new ProblemError('unavailable', 'the coordinator is shutting down');
  await db.$queryRaw`SELECT 1`;
  return { status: 'ready' };
}
