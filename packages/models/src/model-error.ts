// The one error of this package: a model folder, its config or its weights that do not fit together.
// Its message names the file, field or tensor and what would be right; it never holds values of tensors.

export type ModelErrorCode =
  | 'missing-file'
  | 'bad-config'
  | 'unknown-model-type'
  | 'missing-weight'
  | 'wrong-shape'
  | 'unsupported-dtype'
  | 'unsupported-quantisation'
  | 'bad-package'
  | 'folder-not-empty'
  | 'bad-tokenizer'
  | 'bad-gguf'
  | 'unsupported-gguf'
  | 'disk-full';

export class ModelError extends Error {
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ModelError';
    this.code = code;
  }
}
