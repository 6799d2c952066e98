// A vocabulary of pieces as GGUF has it: a score for each instead of merges, the earlier its first merge the higher. llama.cpp
// merges whatever joins to a piece, the best score first: where the tokenizer's merges are others, it is refused.
import { ModelError } from '../../model-error.ts';
import { tokenTypes } from '../gguf-tokenizer.ts';
import { mergesOf, space } from '../sentencepiece-tokenizer.ts';
import type { GgufFields } from './gguf-values.ts';
import { mergePairs, type Step, stepsOf, type Token, type TokenizerJson } from './tokenizer-json.ts';

/** Of what no merge makes: letters, bytes, special tokens. */
const noScore = -1e9;

/** Throws ModelError `unsupported-gguf`. */
export function sentencePieceFields(tokenizer: TokenizerJson, tokens: readonly Token[]): GgufFields {
  const merges = mergePairs(tokenizer);
  const rank = new Map<string, number>();
  for (const [i, pair] of merges.entries()) {
    const made = pair.join('');
    if (!rank.has(made)) rank.set(made, i);
  }
  const scores = tokens.map(({ text }) => -(rank.get(text) ?? -noScore));
  assertSameMerges(merges, rank, tokens, scores);
  return {
    'tokenizer.ggml.model': ['text', 'llama'],
    'tokenizer.ggml.pre': ['text', 'default'],
    'tokenizer.ggml.scores': ['f32s', scores],
    'tokenizer.ggml.add_space_prefix': ['bool', addsSpace(tokenizer)],
    'tokenizer.ggml.remove_extra_whitespaces': ['bool', false],
  };
}

function assertSameMerges(
  merges: readonly (readonly [string, string])[],
  rank: ReadonlyMap<string, number>,
  tokens: readonly Token[],
  scores: readonly number[],
): void {
  const isWord = new Set(tokens.flatMap(({ text, type }) => (type === tokenTypes.normal ? [text] : [])));
  const texts = tokens.map(({ text }) => text);
  const theirs = mergesOf(texts, scores).filter((pair) => isWord.has(pair.join('')));
  const own = new Set(merges.map((pair) => pair.join(' ')));
  const inTurn = merges.every(
    (pair, i) => i === 0 || rank.get(pair.join(''))! >= rank.get(merges[i - 1]!.join(''))!,
  );
  if (inTurn && own.size === theirs.length && theirs.every((pair) => own.has(pair.join(' ')))) return;
  throw new ModelError(
    'unsupported-gguf',
    "the tokenizer's merges don't follow from its pieces, and GGUF has scores of pieces alone for this kind: --format merged writes the model for transformers",
  );
}

/** Whether a space is put before every text. */
function addsSpace({ normalizer, pre_tokenizer: preTokenizer }: TokenizerJson): boolean {
  const steps = [...stepsOf(normalizer), ...stepsOf(preTokenizer)];
  const unknown = steps.find((step) => !isKnown(step));
  if (unknown !== undefined)
    throw new ModelError(
      'unsupported-gguf',
      `the tokenizer changes texts by a step "${unknown.type}" that GGUF cannot say for this kind: --format merged writes the model for transformers`,
    );
  return steps.some(
    ({ type, prepend_scheme: scheme, add_prefix_space: added }) =>
      type === 'Prepend' ||
      (type === 'Metaspace' && (scheme === undefined ? added !== false : scheme !== 'never')),
  );
}

/** Spaces become U+2581, one may come before, and no text is cut where a piece goes on. */
function isKnown({ type, prepend, content, replacement, split, behavior }: Step): boolean {
  if (type === 'Prepend') return prepend === space;
  if (type === 'Replace') return content === space;
  if (type === 'Metaspace') return replacement === space && split === false;
  return type === 'Split' && behavior === 'MergedWithPrevious'; // Gemma's, at spaces, of which none is left
}
