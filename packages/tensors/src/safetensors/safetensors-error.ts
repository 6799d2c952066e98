// Everything that can be wrong with safetensors bytes, as one error with a code.

/** What can be wrong with safetensors bytes. Messages never hold values of tensors. */
export type SafetensorsErrorCode =
  | 'truncated' // ends before what its header promises
  | 'trailing-bytes' // goes on after it
  | 'header-length' // zero, past the end or past the limit
  | 'header-encoding' // not UTF-8
  | 'header-json' // not a JSON object of the format
  | 'duplicate-name'
  | 'bad-name'
  | 'bad-entry' // a tensor's entry or the metadata isn't of the format
  | 'unknown-dtype'
  | 'bad-shape'
  | 'bad-offsets' // reversed, overlapping, with gaps or outside of the file
  | 'size-mismatch' // offsets don't span shape x dtype
  | 'too-large' // past the reader's limit
  | 'unsupported-dtype' // of the format, but doesn't decode to float32
  | 'unknown-tensor'
  | 'tensor-order' // not the checkpoint's
  | 'wrong-shape' // not the checkpoint's
  | 'unknown-encoding'
  | 'bad-encoding'; // bytes that are no range of the file's encoding

export class SafetensorsError extends Error {
  readonly code: SafetensorsErrorCode;

  constructor(code: SafetensorsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SafetensorsError';
    this.code = code;
  }
}
