// Tells apart the database errors the coordinator reacts to: by code, and by message only where
// node-postgres gives its errors none.

/** A unique constraint said no: somebody else was first. Prisma's code, or Postgres's own out of a raw query. */
export function isUniqueViolation(error: unknown): boolean {
  return causesOf(error).some((cause) => ['P2002', '23505'].includes(codeOf(cause)));
}

// Prisma: unreachable, timed out, connection closed, no free connection, transaction not obtained.
const passing = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);
// Node's and Postgres's own: refused or reset, shutting down, a transaction left idle or in conflict with another, too many connections, disk full.
const passingCauses = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ENOSPC 57P01 57P02 57P03 25P03 40001 40P01 53100 53200 53300 08000 08003 08006'.split(
    ' ',
  ),
);

/** The connection broke under a query, or none could be had in time: node-postgres's words, and Prisma's for a raw query. */
const codeless =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)|Server has closed the connection/;

/** The database cannot answer just now, or its disk is full: asking again later may help. */
export function isUnavailable(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    const code = codeOf(cause);
    if (passing.has(code) || passingCauses.has(code)) return true;
    if (!(cause instanceof Error)) return false;
    return codeless.test(cause.message) || cause.name === 'PrismaClientInitializationError';
  });
}

/** The one outage whose mend is known. */
export function isDiskFull(error: unknown): boolean {
  return causesOf(error).some((cause) => ['53100', 'ENOSPC'].includes(codeOf(cause)));
}

/** The error and what is behind it; Prisma wraps the driver's. */
function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; cause !== undefined && causes.length < 6; cause = nextCause(cause))
    causes.push(cause);
  return causes;
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('originalCode' in error && typeof error.originalCode === 'string') return error.originalCode;
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function nextCause(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('cause' in error && error.cause !== undefined) return error.cause;
  if ('meta' in error && typeof error.meta === 'object' && error.meta !== null) {
    return 'driverAdapterError' in error.meta ? error.meta.driverAdapterError : undefined;
  }
  return undefined;
}
