// SentencePiece BPE vocabularies of GGUF files (LLaMA 1 and 2, Gemma): pieces with scores and no merges. Which pieces
// merge follows from the vocabulary: two pieces merge where their joined text is a piece, the best score first.
import { ModelError } from '../model-error.ts';
import { type GgufMetadata, needNumbers, readFlag } from './gguf-metadata.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';

/** What stands for a space in a piece. */
export const space = '\u2581';

export function sentencePieceParts(metadata: GgufMetadata, tokens: readonly string[]): TokenizerParts {
  const scores = needNumbers(metadata, 'tokenizer.ggml.scores', tokens.length);
  refuseNormaliser(metadata);
  const prefix = readFlag(metadata, 'tokenizer.ggml.add_space_prefix') ?? true;
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: space };
  const undoPrefix = prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : [];
  return {
    normalizer: prefix
      ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: space }, spaces] }
      : spaces,
    preTokenizer: null,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: tokens[Number(metadata['tokenizer.ggml.unknown_token_id'] ?? 0)],
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: mergesOf(tokens, scores),
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: space }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...undoPrefix,
      ],
    },
    startsByDefault: true,
  };
}

/** What SentencePiece may do to a text before it takes it apart; the models of the known architectures do none of it. */
function refuseNormaliser(metadata: GgufMetadata): void {
  for (const name of [
    'remove_extra_whitespaces',
    'precompiled_charsmap',
    'escape_whitespaces',
    'treat_whitespace_as_suffix',
  ]) {
    const key = `tokenizer.ggml.${name}`;
    const value = metadata[key];
    const usual = name === 'escape_whitespaces'; // spaces become U+2581
    if (value === undefined || value === usual || (Array.isArray(value) && value.length === 0)) continue;
    throw new ModelError(
      'unsupported-gguf',
      `the GGUF file's tokenizer changes texts by "${key}", which is not supported: take the checkpoint with its tokenizer.json`,
    );
  }
}

/** Every way to put a piece together from two pieces, by the score of the result, as transformers orders them. */
export function mergesOf(tokens: readonly string[], scores: readonly number[]): [string, string][] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const found: { readonly pair: [string, string]; readonly score: number }[] = [];
  for (const [id, token] of tokens.entries()) {
    const characters = [...token]; // code points: a piece never ends within one
    for (let cut = 1, left = ''; cut < characters.length; cut += 1) {
      left += characters[cut - 1];
      const right = token.slice(left.length);
      if (ids.has(left) && ids.has(right)) found.push({ pair: [left, right], score: scores[id]! });
    }
  }
  const length = (text: string) => [...text].length;
  found.sort(
    (a, b) =>
      b.score - a.score || length(b.pair[0]) - length(a.pair[0]) || length(b.pair[1]) - length(a.pair[1]),
  );
  return found.map(({ pair }) => pair);
}
