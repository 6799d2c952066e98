// The vocabulary of Universal Sentence Encoder Lite as a tokenizer.json (SentencePiece unigram, arXiv 1808.06226)
// that gives the ids of the package's own tokenizer. Only data is made here; tokenizing is training's part.
import { ModelError } from '../model-error.ts';

/** [piece, log probability], the index is the token id. */
type Vocabulary = readonly (readonly [string, number])[];

const reserved = 6; // unknown, <s>, </s> and three spare ones: no text may become these ids
const space = '\u2581';

/**
 * Checks a parsed vocab.json; ModelError `bad-package` where it isn't a list of [piece, score].
 * The package's file has lost the scores of seven pieces with a colon (null); its own tokenizer adds them as 0, and
 * so do we: the ids must stay those that the embeddings are used with.
 */
export function asVocabulary(json: unknown): Vocabulary {
  const isPiece = (entry: unknown): entry is [string, number | null] =>
    Array.isArray(entry) &&
    typeof entry[0] === 'string' &&
    (typeof entry[1] === 'number' || entry[1] === null);
  if (Array.isArray(json) && json.length > reserved && json.every(isPiece)) {
    return json.map(([piece, score]) => [piece, score ?? 0]);
  }
  throw new ModelError('bad-package', 'vocab.json must be a list of [piece, score]');
}

/**
 * The tokenizer.json object: NFKC, a leading space mark, spaces as marks, then the best segmentation.
 * Reserved pieces get a plain space into their names: normalised text holds none, so "<s>" in a text can't match.
 */
export function unigramTokenizer(vocabulary: Vocabulary) {
  const vocab = vocabulary.map(([piece, score], id) =>
    id > 0 && id < reserved ? [`${piece} (reserved)`, score] : [piece, score],
  );
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFKC' },
        { type: 'Prepend', prepend: space },
        { type: 'Replace', pattern: { String: ' ' }, content: space },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: space }, content: ' ' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: { type: 'Unigram', unk_id: 0, vocab, byte_fallback: false },
  };
}
