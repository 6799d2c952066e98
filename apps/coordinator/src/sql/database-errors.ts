// Tells apart the database errors the coordinator reacts to: by SQLSTATE class, by Node's and Prisma's codes and the
// kinds of Prisma's driver adapters, and by message only where node-postgres gives its errors no code. What is done
// about them is database/outage.ts's and http/problem-answer.ts's.

/**
 * unreachable  no connection: stopped, starting, refused, another password, no such database any more,
 *              or one that was closed to connections
 * silent       connected, and no answer in time
 * read-only    it reads and does not write: a standby, or default_transaction_read_only
 * full         no room on its disk
 * crowded      out of connections, memory or locks
 * conflict     nothing is wrong with it: a transaction gave way to another one
 */
export type Trouble = 'unreachable' | 'silent' | 'read-only' | 'full' | 'crowded' | 'conflict';

/** A unique constraint said no: somebody else was first. Prisma's code, or Postgres's own out of a raw query. */
export function isUniqueViolation(error: unknown): boolean {
  return causesOf(error).some((cause) => codesOf(cause).some((code) => ['P2002', '23505'].includes(code)));
}

/**
 * Why the database cannot do what it was asked just now, though it may later; null for any other error. Of an error
 * that wraps others the innermost that says something decides.
 */
export function troubleOf(error: unknown): Trouble | null {
  for (const cause of causesOf(error).reverse()) {
    for (const code of codesOf(cause)) {
      const trouble = troubleOfCode(code);
      if (trouble !== undefined) return trouble;
    }
    const text = cause instanceof Error ? cause.message : '';
    const said = codeless.find(([pattern]) => pattern.test(text));
    if (said !== undefined) return said[1];
    if (cause instanceof Error && cause.name === 'PrismaClientInitializationError') return 'unreachable';
    if (isConnecting(cause)) return 'unreachable';
  }
  return null;
}

/** The innermost error's code or words, for one line of a log. */
export function innermost(error: unknown): string {
  const cause = causesOf(error).at(-1);
  const codes = codesOf(cause);
  const text = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : undefined;
  return [codes[0], text].filter((part) => part !== undefined && part !== '').join(': ') || 'no reason given';
}

/** Words of Prisma's and Node's, each with what it means; SQLSTATEs are in `states`. */
const words: Readonly<Record<Trouble, string>> = {
  unreachable: `DatabaseNotReachable DatabaseDoesNotExist DatabaseAccessDenied AuthenticationFailed ConnectionClosed
    TlsConnectionError P1000 P1001 P1003 P1010 P1011 P1017
    ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ENOTFOUND EAI_AGAIN EAI_FAIL EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN
    ENETRESET ENOTCONN EADDRNOTAVAIL ERR_STREAM_DESTROYED ERR_STREAM_PREMATURE_CLOSE`,
  silent: 'SocketTimeout TransactionAlreadyClosed P1002 P1008 P2024 P2028 ETIMEDOUT',
  'read-only': 'EROFS',
  full: 'ENOSPC EDQUOT',
  crowded: 'TooManyConnections P2037 EMFILE ENFILE ENOBUFS',
  conflict: 'TransactionWriteConflict P2034',
};

/** SQLSTATEs and their classes (Postgres's appendix A), the longest that fits decides. */
const states: readonly (readonly [prefix: string, Trouble])[] = [
  ['57014', 'silent'], // statement_timeout
  ['25P03', 'silent'], // idle in a transaction for too long: this coordinator was stopped
  ['25P04', 'silent'], // transaction_timeout
  ['55P03', 'conflict'], // lock_timeout
  ['25006', 'read-only'],
  ['53100', 'full'],
  ['53', 'crowded'],
  ['55000', 'unreachable'], // it was told to take no connections
  ['08', 'unreachable'],
  ['28', 'unreachable'], // the password was changed
  ['3D', 'unreachable'],
  ['57P', 'unreachable'],
  ['58', 'unreachable'], // its own files cannot be read or written
  ['40', 'conflict'],
];

const known = new Map(
  Object.entries(words).flatMap(([trouble, list]) =>
    list.split(/\s+/).map((word) => [word, trouble as Trouble] as const),
  ),
);

/** node-postgres's own errors, and Prisma's for a raw query, have words alone. */
const codeless: readonly (readonly [RegExp, Trouble])[] = [
  [/^(timeout exceeded when trying to connect|timeout expired|Query read timeout)/, 'silent'],
  [
    /^(Connection terminated|Client has encountered|Client was closed|Cannot use a pool after)/,
    'unreachable',
  ],
  [/Server has closed the connection|Can't reach database server/, 'unreachable'],
];

function troubleOfCode(code: string): Trouble | undefined {
  const word = known.get(code);
  if (word !== undefined || !/^[0-9A-Z]{5}$/.test(code)) return word;
  return states.find(([prefix]) => code.startsWith(prefix))?.[1];
}

/** The error and what is behind it, outermost first; Prisma wraps the driver's, and Node those of several addresses. */
function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; cause !== undefined && causes.length < 8; cause = nextCause(cause))
    causes.push(cause);
  return causes;
}

/** Of this very error: a driver's code before Prisma's, and the kind of a driver adapter's. */
function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { originalCode, code, kind } = error as Record<string, unknown>;
  return [originalCode, code, kind].filter((each) => typeof each === 'string');
}

/** Whatever the code: the path of a socket that is not there, say. */
function isConnecting(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
}

function nextCause(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  const { cause, meta, errors } = error as Record<string, unknown>;
  if (cause !== undefined) return cause;
  if (typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta)
    return meta.driverAdapterError;
  return Array.isArray(errors) ? errors[0] : undefined;
}
