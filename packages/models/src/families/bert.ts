// bert: BertModel (arXiv 1810.04805), names with or without the `bert.` prefix of task models.

import { postNormEncoder } from '../blocks/post-norm-encoder.ts';
import { bertNaming, type PostNormEncoder } from '../blocks/post-norm-encoder-config.ts';
import { activationNames } from '../blocks/transformer-blocks.ts';
import {
  asConfigObject,
  assertDivides,
  type ConfigObject,
  choiceField,
  layersField,
  positiveField,
  refuseFields,
  sizeField,
} from '../config-fields.ts';

export const bert = postNormEncoder('bert', 'bert.', (json) => readBertConfig(asConfigObject(json)));

/** Defaults are those of transformers' BertConfig. */
export function readBertConfig(config: ConfigObject): PostNormEncoder {
  choiceField(config, 'position_embedding_type', ['absolute'], 'absolute');
  refuseFields(config, ['is_decoder', 'add_cross_attention']);
  assertDivides(config, 'num_attention_heads', 'hidden_size');
  return {
    ...bertNaming,
    vocabularySize: sizeField(config, 'vocab_size'),
    hiddenSize: sizeField(config, 'hidden_size'),
    intermediateSize: sizeField(config, 'intermediate_size'),
    layers: layersField(config, 'num_hidden_layers'),
    heads: sizeField(config, 'num_attention_heads'),
    positions: sizeField(config, 'max_position_embeddings', 512),
    firstPosition: 0,
    segments: sizeField(config, 'type_vocab_size', 2),
    eps: positiveField(config, 'layer_norm_eps', 1e-12),
    activation: choiceField(config, 'hidden_act', activationNames, 'gelu'),
    mayPool: true,
  };
}
