// The errors of this package: what a caller can mend, named by a code. They cross the worker's border by name.
// Messages never hold the text of an example or the values of a tensor.

export type TrainingErrorCode =
  | 'bad-tensors'
  | 'no-examples'
  | 'wrong-task'
  | 'no-token'
  | 'not-finite'
  | 'context-full'
  | 'no-engine'
  | 'bad-settings'
  | 'not-enough-memory'
  | 'closed'
  | 'worker-failed';

export class TrainingError extends Error {
  readonly code: TrainingErrorCode;

  constructor(code: TrainingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TrainingError';
    this.code = code;
  }
}

/** Where an example stands: lines of text files and rows of tables count from 1; without either the whole file is meant. */
export interface DataPlace {
  readonly file: string;
  readonly line?: number;
  readonly row?: number;
  /** Those that the table has which holds it, to be told where one is missing. */
  readonly columns?: readonly string[];
}

/** Something is wrong with a file of examples. The message names the place, never a text. */
export class DataError extends Error {
  readonly file: string;
  readonly line: number | undefined;
  readonly row: number | undefined;

  constructor(place: DataPlace, problem: string, options?: ErrorOptions) {
    super(`${describePlace(place)}: ${problem}`, options);
    this.name = 'DataError';
    this.file = place.file;
    this.line = place.line;
    this.row = place.row;
  }
}

/** As messages name it: `file:line`, or `file, row row`. */
export function describePlace({ file, line, row }: DataPlace): string {
  if (line !== undefined) return `${file}:${line}`;
  return row === undefined ? file : `${file}, row ${row}`;
}
