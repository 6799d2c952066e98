// What an encoder of BERT's kind is made of, as data: the same layers serve bert, roberta and distilbert, under other
// names. The layers are post-norm-encoder.ts.
import type { ActivationName } from './transformer-blocks.ts';

/** Names within a layer. */
interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attended: string;
  readonly attendedNorm: string;
  readonly inner: string;
  readonly outer: string;
  readonly outerNorm: string;
}

export interface PostNormEncoder {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Rows of the table of positions; a text's first token takes row `firstPosition`. */
  readonly positions: number;
  readonly firstPosition: number;
  /** Rows of the table of segments, of which the first is used; 0: there is none. */
  readonly segments: number;
  readonly eps: number;
  readonly activation: ActivationName;
  /** A checkpoint may have a pooler, `pooler.dense`. */
  readonly mayPool: boolean;
  /** Layer i is `<stem>.i.`. */
  readonly stem: string;
  readonly names: LayerNames;
}

export const bertNaming = {
  stem: 'encoder.layer',
  names: {
    query: 'attention.self.query',
    key: 'attention.self.key',
    value: 'attention.self.value',
    attended: 'attention.output.dense',
    attendedNorm: 'attention.output.LayerNorm',
    inner: 'intermediate.dense',
    outer: 'output.dense',
    outerNorm: 'output.LayerNorm',
  },
} as const;
