// The errors of this package: what a caller can mend, named by a code. They cross the worker's border by name.
// Messages never hold the text of an example or the values of a tensor.

export type TrainingErrorCode =
  | 'bad-tensors'
  | 'no-examples'
  | 'wrong-task'
  | 'not-finite'
  | 'no-engine'
  | 'bad-settings'
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

/** Something is wrong with a file of examples; `line` counts from 1 and is absent where the whole file is meant. */
export class DataError extends Error {
  readonly file: string;
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, problem: string, options?: ErrorOptions) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`, options);
    this.name = 'DataError';
    this.file = file;
    this.line = line;
  }
}
