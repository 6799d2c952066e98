// The error of a file or folder that could not be read or written: which one, why, and what to do. The system's own
// error names no file where a write fails (a full disk), and its words are codes.
import { systemErrorOf } from './system-errors.ts';

export class FileProblem extends Error {
  /** The system's: ENOSPC, say. */
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileProblem';
    this.code = code;
  }
}

/**
 * The same failure told with its file, or the error as it is where it is not the system's. `doing`: "write", "read".
 * `advice` stands at the end: which flag or variable names another folder.
 */
export function fileProblem(error: unknown, doing: string, path: string, advice?: string): unknown {
  const known = error instanceof Error && 'errno' in error ? systemErrorOf(error) : undefined;
  if (known === undefined) return error;
  const end = advice === undefined ? '' : `; ${advice}`;
  return new FileProblem(`cannot ${doing} ${path}: ${known.words}${end}`, known.code, { cause: error });
}

/** Does `work`, whose failures are told with the file that it is about. */
export async function withFile<Result>(
  doing: string,
  path: string,
  work: () => Promise<Result>,
  advice?: string,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileProblem(error, doing, path, advice);
  }
}
