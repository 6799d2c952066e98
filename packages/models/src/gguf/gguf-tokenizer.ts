// The tokenizer inside a GGUF file's metadata as Hugging Face's tokenizer.json and tokenizer_config.json: what both
// kinds of vocabulary have in common. Their own parts are byte-level-tokenizer.ts and sentencepiece-tokenizer.ts.
import { ModelError } from '../model-error.ts';
import { byteLevelParts } from './byte-level-tokenizer.ts';
import { type GgufMetadata, needTexts, readFlag, readNumber, readText } from './gguf-metadata.ts';
import { sentencePieceParts } from './sentencepiece-tokenizer.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';

export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
  /** Ids run from 0 to one less. */
  readonly tokenCount: number;
  /** For config.json, as generation and training look there for the end of a text. */
  readonly specialIds: Readonly<Record<string, number>>;
  /** Each ends what the model writes: a text, a turn, a message. For generation_config.json. */
  readonly endIds: readonly number[];
}

/** llama.cpp's types of tokens (llama.h). Control and user-defined ones are not split through. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
const { control, userDefined } = tokenTypes;

/**
 * Throws ModelError `bad-gguf` where the metadata hold no tokenizer or one that contradicts itself, and
 * `unsupported-gguf` for a kind of vocabulary or splitting that isn't known.
 */
export function ggufTokenizer(metadata: GgufMetadata): TokenizerFiles {
  const kind = readText(metadata, 'tokenizer.ggml.model');
  if (kind === undefined) {
    throw new ModelError(
      'bad-gguf',
      'the GGUF file holds no tokenizer (its metadata lack "tokenizer.ggml.model")',
    );
  }
  const tokens = needTexts(metadata, 'tokenizer.ggml.tokens');
  const parts = partsOf(kind, metadata, tokens);
  const special = specialTokens(metadata, tokens);
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(metadata, tokens),
      normalizer: parts.normalizer,
      pre_tokenizer: parts.preTokenizer,
      post_processor: postProcessor(metadata, special, parts.startsByDefault),
      decoder: parts.decoder,
      model: parts.model,
    },
    config: tokenizerConfig(metadata, special),
    tokenCount: tokens.length,
    specialIds: Object.fromEntries([...special].map(([role, { id }]) => [`${role}_token_id`, id])),
    endIds: endTokens(metadata, tokens),
  };
}

function partsOf(kind: string, metadata: GgufMetadata, tokens: readonly string[]): TokenizerParts {
  if (kind === 'gpt2') return byteLevelParts(metadata, tokens);
  if (kind === 'llama') return sentencePieceParts(metadata, tokens);
  throw new ModelError(
    'unsupported-gguf',
    `the GGUF file's tokenizer is of kind "${kind}", which is not supported; supported are gpt2 (byte-level BPE) ` +
      'and llama (SentencePiece BPE)',
  );
}

interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

const roles = { bos: 'bos', eos: 'eos', unknown: 'unk', padding: 'pad' } as const;

const endRoles = ['eos', 'eot', 'eom'];
/** Control tokens that end a turn whatever the metadata say, as llama.cpp has them (src/llama-vocab.cpp). */
const endTexts = new Set([
  ...[
    '<|eot_id|>',
    '<|im_end|>',
    '<|end|>',
    '<|return|>',
    '<|call|>',
    '<|flush|>',
    '<|calls|>',
    '<end_of_turn>',
  ],
  ...[
    '<|endoftext|>',
    '<|eom_id|>',
    '<EOT>',
    '_<EOT>',
    '[EOT]',
    '[EOS]',
    '<|end_of_text|>',
    '<end_of_utterance>',
  ],
]);

function endTokens(metadata: GgufMetadata, tokens: readonly string[]): number[] {
  const named = endRoles.flatMap(
    (role) => tokenOf(metadata, `tokenizer.ggml.${role}_token_id`, tokens)?.id ?? [],
  );
  const types = metadata['tokenizer.ggml.token_type'];
  const isEnd = (text: string, id: number) =>
    Array.isArray(types) && types[id] === control && endTexts.has(text);
  return [...new Set([...named, ...tokens.flatMap((text, id) => (isEnd(text, id) ? [id] : []))])];
}

/** Undefined where the metadata name none. */
function tokenOf(metadata: GgufMetadata, key: string, tokens: readonly string[]): SpecialToken | undefined {
  const id = readNumber(metadata, key);
  if (id === undefined) return undefined;
  const text = tokens[id];
  if (text !== undefined) return { id, text };
  throw new ModelError('bad-gguf', `the GGUF file's "${key}" is ${id}, past its ${tokens.length} tokens`);
}

/** By the role's name in Hugging Face's files: bos, eos, unk, pad. */
function specialTokens(metadata: GgufMetadata, tokens: readonly string[]): Map<string, SpecialToken> {
  const found = new Map<string, SpecialToken>();
  for (const [theirs, ours] of Object.entries(roles)) {
    const token = tokenOf(metadata, `tokenizer.ggml.${theirs}_token_id`, tokens);
    if (token !== undefined) found.set(ours, token);
  }
  return found;
}

function addedTokens(metadata: GgufMetadata, tokens: readonly string[]) {
  const types = metadata['tokenizer.ggml.token_type'];
  if (!Array.isArray(types)) return [];
  return tokens.flatMap((content, id) => {
    const type: unknown = types[id];
    if (type !== control && type !== userDefined) return [];
    const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    return [{ id, content, ...plain, special: type === control }];
  });
}

/** Start and end tokens around every text, where the metadata ask for them. */
function postProcessor(
  metadata: GgufMetadata,
  special: ReadonlyMap<string, SpecialToken>,
  startsByDefault: boolean,
): object | null {
  const start = (readFlag(metadata, 'tokenizer.ggml.add_bos_token') ?? startsByDefault) && special.get('bos');
  const end = (readFlag(metadata, 'tokenizer.ggml.add_eos_token') ?? false) && special.get('eos');
  if (!start && !end) return null;
  const around = (ids: readonly string[]) => [
    ...(start ? [{ SpecialToken: { id: start.text, type_id: 0 } }] : []),
    ...ids.map((id) => ({ Sequence: { id, type_id: 0 } })),
    ...(end ? [{ SpecialToken: { id: end.text, type_id: 0 } }] : []),
  ];
  const used = [start, end].filter((token): token is SpecialToken => Boolean(token));
  return {
    type: 'TemplateProcessing',
    single: around(['A']),
    pair: around(['A', 'B']),
    special_tokens: Object.fromEntries(
      used.map(({ id, text }) => [text, { id: text, ids: [id], tokens: [text] }]),
    ),
  };
}

function tokenizerConfig(metadata: GgufMetadata, special: ReadonlyMap<string, SpecialToken>): object {
  const template = chatTemplate(metadata);
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...Object.fromEntries([...special].map(([role, { text }]) => [`${role}_token`, text])),
    ...(template === undefined ? {} : { chat_template: template }),
    clean_up_tokenization_spaces: false,
  };
}

/** One text, or, where there are others beside it (`tool_use`, say), all of them by name as tokenizer_config.json has them. */
function chatTemplate(metadata: GgufMetadata): string | object[] | undefined {
  const plain = readText(metadata, 'tokenizer.chat_template');
  const prefix = 'tokenizer.chat_template.';
  const others = Object.keys(metadata)
    .filter((key) => key.startsWith(prefix))
    .map((key) => ({ name: key.slice(prefix.length), template: readText(metadata, key) }));
  if (others.length === 0) return plain;
  return [...(plain === undefined ? [] : [{ name: 'default', template: plain }]), ...others];
}
