// What aggregation refuses, as one error with a code. Messages name tensors, never their values.

type AggregationErrorCode =
  | 'bad-weight' // not a finite number above 0
  | 'unknown-tensor' // not of the schema
  | 'wrong-shape' // other than the schema's, or than its own number of values
  | 'not-finite' // NaN or infinity came out
  | 'too-few-contributions' // than the rule needs
  | 'bad-share' // what was revealed takes no masks off
  | 'out-of-range' // of a masked sum: beyond what its contributions can make
  | 'bad-setting';

export class AggregationError extends Error {
  readonly code: AggregationErrorCode;

  constructor(code: AggregationErrorCode, message: string) {
    super(message);
    this.name = 'AggregationError';
    this.code = code;
  }
}
