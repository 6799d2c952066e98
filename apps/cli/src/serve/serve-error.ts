// What a caller of `colora serve` is told when something is not done, in the form that OpenAI's clients read.

export class ServeError extends Error {
  readonly status: number;
  readonly code: string;
  /** The field of the request that it is about. */
  readonly param: string | null;

  constructor(status: number, code: string, message: string, param: string | null = null) {
    super(message);
    this.name = 'ServeError';
    this.status = status;
    this.code = code;
    this.param = param;
  }
}

/** Errors of packages by their codes: what the caller can mend, 400; else the server's. */
const callersCodes: Readonly<Record<string, string>> = {
  'context-full': 'context_length_exceeded',
  'wrong-task': 'invalid_request',
};

export function asServeError(error: unknown): ServeError {
  if (error instanceof ServeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const callers = callersCodes[code];
  if (callers !== undefined) return new ServeError(400, callers, message);
  return new ServeError(500, 'server_error', message);
}

export function errorBody({ status, code, message, param }: ServeError) {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { message, type, param, code } };
}
