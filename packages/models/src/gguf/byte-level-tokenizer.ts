// Byte-level BPE vocabularies (GPT-2's kind, with merges) of GGUF files. How a text is split before merging isn't
// stored there but named: the table of names is llama.cpp's (src/llama-vocab.cpp), the patterns those of each model's
// own tokenizer.json.
import { ModelError } from '../model-error.ts';
import { type GgufMetadata, needText, needTexts } from './gguf-metadata.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';

export interface Splitting {
  readonly normalizer?: object;
  readonly preTokenizer: object;
  /** A text that is a token as a whole is not put together by merges (Llama 3). */
  readonly ignoreMerges?: boolean;
  readonly startsByDefault?: boolean;
}

/** `split`: GPT-2's own pattern is part of the byte-level step. */
const byteLevel = (split: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: split,
});

const splitBy = (pattern: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    byteLevel(false),
  ],
});

/** Contractions, words, numbers of up to so many digits, punctuation, line ends, spaces. */
const wordPattern = (digits: string) =>
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" +
  `\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const gpt2: Splitting = { preTokenizer: byteLevel(true) };
const smollm: Splitting = {
  preTokenizer: {
    type: 'Sequence',
    pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)],
  },
};
const llama3: Splitting = {
  preTokenizer: splitBy(wordPattern('{1,3}')),
  ignoreMerges: true,
  startsByDefault: true,
};
const qwen2: Splitting = { normalizer: { type: 'NFC' }, preTokenizer: splitBy(wordPattern('')) };

/** By llama.cpp's name of the rule. */
export const splittings: Readonly<Record<string, Splitting>> = {
  'gpt-2': gpt2,
  smollm,
  'llama-bpe': llama3,
  llama3,
  qwen2,
};

export function byteLevelParts(metadata: GgufMetadata, tokens: readonly string[]): TokenizerParts {
  const splitting = findSplitting(needText(metadata, 'tokenizer.ggml.pre'));
  const merges = needTexts(metadata, 'tokenizer.ggml.merges').map((merge) => merge.split(' '));
  return {
    normalizer: splitting.normalizer ?? null,
    preTokenizer: splitting.preTokenizer,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: splitting.ignoreMerges ?? false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    startsByDefault: splitting.startsByDefault ?? false,
  };
}

function findSplitting(name: string): Splitting {
  const found = Object.hasOwn(splittings, name) ? splittings[name] : undefined;
  if (found !== undefined) return found;
  throw new ModelError(
    'unsupported-gguf',
    `the GGUF file's tokenizer splits texts by the rule "${name}", which is not known; ` +
      `known are ${Object.keys(splittings).join(', ')}`,
  );
}
