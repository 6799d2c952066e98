// The one error of this package: adapter settings, targets, tensors or files that do not fit together.
// Its message names what is wrong and what would be right; it never holds the values of a tensor.

type AdapterErrorCode =
  | 'bad-settings'
  | 'unknown-target'
  | 'missing-tensor'
  | 'wrong-shape'
  | 'bad-peft-config'
  | 'bad-peft-tensors';

export class AdapterError extends Error {
  readonly code: AdapterErrorCode;

  constructor(code: AdapterErrorCode, message: string) {
    super(message);
    this.name = 'AdapterError';
    this.code = code;
  }
}
