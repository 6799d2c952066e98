// Whether the coordinator and its database answer. What load balancers and containers ask.
import type { Context } from '../context.ts';
import type { Result } from './call.ts';

export async function health({ db, databaseKind, version }: Context): Promise<Result<'health'>> {
  await db.$queryRaw`SELECT 1`;
  return { status: 'ok', version, database: databaseKind };
}
