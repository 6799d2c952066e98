// Errors across the border of the worker: class name, message and fields, since structured clones lose them.
import { TrainingError, type TrainingErrorCode } from '../training-error.ts';

export interface RemoteError {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  readonly stack: string | null;
}

export function toRemote(error: unknown): RemoteError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: null, stack: null };
  const code = 'code' in error ? String(error.code) : null;
  return { name: error.name, message: error.message, code, stack: error.stack ?? null };
}

/** TrainingError as itself; errors of other packages as an Error with their name, code and stack. */
export function fromRemote({ name, message, code, stack }: RemoteError): Error {
  const error =
    name === 'TrainingError'
      ? new TrainingError(code as TrainingErrorCode, message)
      : Object.assign(new Error(message), { name }, code === null ? {} : { code });
  if (stack !== null) error.stack = stack;
  return error;
}
