// Which outputs of a base model a task needs, and the refusal where its family has none. What generation needs is
// decode-programs.ts.
import type { BaseModel } from '@colora/models/base-model';
import type { Decoder, Encoder, TokenEncoder } from '@colora/models/model-family';
import { TrainingError } from '../training-error.ts';

/** For `causal-lm`; TrainingError `wrong-task` where the model predicts no next token. */
export function decoderOf({ family, modelType }: BaseModel): Decoder {
  return family.decoder ?? refuse(modelType, 'is no causal language model');
}

/** For `classification`; TrainingError `wrong-task` where the model gives no vector a text. */
export function encoderOf({ family, modelType }: BaseModel): Encoder {
  return family.encoder ?? refuse(modelType, 'gives no sentence vector to classify');
}

/** For `token-classification`; TrainingError `wrong-task` where the model gives no vector a token. */
export function tokenEncoderOf({ family, modelType }: BaseModel): TokenEncoder {
  return (
    family.tokenEncoder ??
    refuse(modelType, 'gives no vector for each token to label; bert does, for instance')
  );
}

function refuse(modelType: string, why: string): never {
  throw new TrainingError('wrong-task', `a base model of type ${modelType} ${why}`);
}
