// What secure aggregation refuses, as one error with a code. Messages name members by their numbers, never a secret or a value.

type MaskingErrorCode =
  | 'wrong-shape' // other than the round's plan
  | 'bad-roster' // not what its members signed, or not one that this member is in
  | 'bad-share' // doesn't open, or is none
  | 'bad-step' // a step that may not follow
  | 'bad-setting'; // no noise that there is keeps it

export class MaskingError extends Error {
  readonly code: MaskingErrorCode;

  constructor(code: MaskingErrorCode, message: string) {
    super(message);
    this.name = 'MaskingError';
    this.code = code;
  }
}
