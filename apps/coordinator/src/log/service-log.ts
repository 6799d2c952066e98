// The coordinator's logger: each line bears the ids of the request that it is of, and no secret leaves it, whoever wrote the line.
// Whether lines are for people or JSON is decided by who takes them.
import { withoutKeys } from '@colora/protocol/accounts/without-keys';
import { type Logger, pino } from 'pino';
import { requestIds } from './request-ids.ts';

interface LogOptions {
  readonly level: string;
  /** Takes lines of JSON; the standard output without. */
  readonly out?: { write(line: string): void };
}

export function createServiceLog({ level, out }: LogOptions): Logger {
  const options = {
    level,
    mixin: () => ({ ...requestIds() }),
    hooks: { streamWrite: withoutSecrets },
  };
  return out === undefined ? pino({ name: 'coordinator', ...options }) : pino(options, out);
}

/** What a value of these names is, is nobody's business. As they stand in JSON. */
const secretFields =
  /("(?:proxy-)?(?:authorization|cookie|set-cookie|pass(?:word|phrase)|(?:client|access|refresh|id|write|csrf)?[_-]?(?:secret|token)|api[_-]?key|key|invitation|code_verifier)":)"(?:[^"\\]|\\.)*"/gi;

/** Each with what stays readable of it. */
const secretTexts: readonly (readonly [pattern: RegExp, shown: string])[] = [
  [secretFields, '$1"…"'],
  [/\b(Bearer|Basic|Negotiate) +[\w.~+/=-]{4,}/gi, '$1 …'],
  // the password of an address
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@"\\]*:)[^\s@/"\\]+@/gi, '$1…@'],
  // of queries and forms, such as a sign-in's
  [/\b((?:client_secret|code|code_verifier|state|password|\w*token)=)[^&\s"\\;]+/gi, '$1…'],
  // cookies and what stands in their headers
  [/\b((?:set-)?cookie: *)[^"\\\r\n]+/gi, '$1…'],
];

/** A line without what would admit somebody. */
export function withoutSecrets(line: string): string {
  return secretTexts.reduce((text, [pattern, shown]) => text.replace(pattern, shown), withoutKeys(line));
}
