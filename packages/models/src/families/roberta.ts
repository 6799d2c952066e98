// roberta: RobertaModel (arXiv 1907.11692). A BERT whose positions count from the row after the padding token's.

import { postNormEncoder } from '../blocks/post-norm-encoder.ts';
import { asConfigObject, countField, wrongField } from '../config-fields.ts';
import { readBertConfig } from './bert.ts';

export const roberta = postNormEncoder('roberta', 'roberta.', (json) => {
  const config = asConfigObject(json);
  const encoder = readBertConfig(config);
  const firstPosition = countField(config, 'pad_token_id', 1) + 1;
  if (encoder.positions > firstPosition) return { ...encoder, firstPosition };
  throw wrongField('max_position_embeddings', encoder.positions, `above pad_token_id + 1 (${firstPosition})`);
});
