// distilbert: DistilBertModel (arXiv 1910.01108). A BERT of fewer layers without segments and pooler, whose config and
// checkpoint have names of their own.

import { postNormEncoder } from '../blocks/post-norm-encoder.ts';
import type { PostNormEncoder } from '../blocks/post-norm-encoder-config.ts';
import { activationNames } from '../blocks/transformer-blocks.ts';
import { asConfigObject, assertDivides, choiceField, layersField, sizeField } from '../config-fields.ts';

/** Sinusoidal positions, where a checkpoint has them, are stored as a table too. */
export const distilbert = postNormEncoder('distilbert', 'distilbert.', (json): PostNormEncoder => {
  const config = asConfigObject(json);
  assertDivides(config, 'n_heads', 'dim');
  return {
    stem: 'transformer.layer',
    names: {
      query: 'attention.q_lin',
      key: 'attention.k_lin',
      value: 'attention.v_lin',
      attended: 'attention.out_lin',
      attendedNorm: 'sa_layer_norm',
      inner: 'ffn.lin1',
      outer: 'ffn.lin2',
      outerNorm: 'output_layer_norm',
    },
    vocabularySize: sizeField(config, 'vocab_size'),
    hiddenSize: sizeField(config, 'dim'),
    intermediateSize: sizeField(config, 'hidden_dim'),
    layers: layersField(config, 'n_layers'),
    heads: sizeField(config, 'n_heads'),
    positions: sizeField(config, 'max_position_embeddings', 512),
    firstPosition: 0,
    segments: 0,
    eps: 1e-12,
    activation: choiceField(config, 'activation', activationNames, 'gelu'),
    mayPool: false,
  };
});
