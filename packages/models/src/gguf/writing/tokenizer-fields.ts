// A tokenizer as the metadata of a GGUF file: its tokens with their types, what byte-level-fields.ts and
// sentencepiece-fields.ts say of the two kinds, special tokens and chat templates. The way back is gguf-tokenizer.ts.
import { ModelError } from '../../model-error.ts';
import { tokenTypes } from '../gguf-tokenizer.ts';
import { byteLevelFields } from './byte-level-fields.ts';
import type { GgufFields } from './gguf-values.ts';
import { sentencePieceFields } from './sentencepiece-fields.ts';
import type { Token, TokenizerJson } from './tokenizer-json.ts';

export interface TokenizerSource {
  /** The tokenizer.json, as its own library has taken it. */
  readonly tokenizer: TokenizerJson;
  /** Texts of tokens by role: `bos_token`, `eos_token`, `unk_token`, `pad_token`. */
  readonly special: Readonly<Record<string, string>>;
  /** Ids that are put around every text. */
  readonly around: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** Each ends what the model writes; the end of a text first. */
  readonly endIds: readonly number[];
  /** Sources in Jinja; of several, one each by name. */
  readonly templates: Readonly<Record<string, string>>;
}

/** `rows`: of the embedding; tokens past them have no place. Throws ModelError `unsupported-gguf`. */
export function tokenizerFields(source: TokenizerSource, rows: number): GgufFields {
  const { tokenizer } = source;
  const tokens = tokensOf(tokenizer, rows);
  const texts = tokens.map(({ text }) => text);
  const isPieces = tokenizer.model.byte_fallback === true;
  return {
    ...(isPieces ? sentencePieceFields(tokenizer, tokens) : byteLevelFields(tokenizer)),
    'tokenizer.ggml.tokens': ['texts', texts],
    'tokenizer.ggml.token_type': ['i32s', tokens.map(({ type }) => type)],
    ...specialFields(source, new Map(texts.map((text, id) => [text, id]))),
    ...templateFields(source.templates),
  };
}

function tokensOf({ model, added_tokens: added = [] }: TokenizerJson, rows: number): Token[] {
  if (model.type !== 'BPE' || model.vocab === undefined) throw otherKind(String(model.type));
  const unused = (id: number): Token => ({ text: `[PAD${id}]`, type: tokenTypes.unused }); // as llama.cpp's converter
  const tokens = Array.from({ length: rows }, (_, id) => unused(id));
  const put = (id: number, token: Token) => {
    if (id < rows) tokens[id] = token;
  };
  for (const [text, id] of Object.entries(model.vocab)) {
    const isByte = model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(text);
    put(id, { text, type: isByte ? tokenTypes.byte : tokenTypes.normal });
  }
  for (const { id, content, special } of added)
    put(id, { text: content, type: special ? tokenTypes.control : tokenTypes.userDefined });
  const unknown = model.unk_token == null ? undefined : model.vocab[model.unk_token];
  if (unknown !== undefined) put(unknown, { text: model.unk_token!, type: tokenTypes.unknown });
  return tokens;
}

const otherKind = (kind: string) =>
  new ModelError(
    'unsupported-gguf',
    `the tokenizer is of kind ${kind}; only BPE, of bytes or of pieces (SentencePiece), is written to GGUF: --format merged writes the model for transformers`,
  );

const roles = { bos: 'bos', unk: 'unknown', pad: 'padding' } as const;
const ends = ['eos', 'eot', 'eom'] as const;

function specialFields(
  { special, around, endIds }: TokenizerSource,
  idOf: ReadonlyMap<string, number>,
): GgufFields {
  const { before, after } = around;
  if (before.length > 1 || after.length > 1)
    throw new ModelError(
      'unsupported-gguf',
      'the tokenizer puts several tokens around a text, which GGUF cannot say',
    );
  const named = Object.entries(roles).flatMap(([ours, theirs]) => {
    const id =
      ours === 'bos' && before[0] !== undefined ? before[0] : idOf.get(special[`${ours}_token`] ?? '');
    return id === undefined ? [] : [[`tokenizer.ggml.${theirs}_token_id`, ['u32', id]] as const];
  });
  const last = after[0] === undefined ? endIds : [after[0], ...endIds.filter((id) => id !== after[0])];
  const ending = ends.flatMap((role, i) =>
    last[i] === undefined ? [] : [[`tokenizer.ggml.${role}_token_id`, ['u32', last[i]]] as const],
  );
  return {
    ...Object.fromEntries([...named, ...ending]),
    'tokenizer.ggml.add_bos_token': ['bool', before.length > 0],
    'tokenizer.ggml.add_eos_token': ['bool', after.length > 0],
  };
}

function templateFields({ default: plain, ...others }: Readonly<Record<string, string>>): GgufFields {
  const names = Object.keys(others);
  return {
    ...(plain === undefined ? {} : { 'tokenizer.chat_template': ['text', plain] }),
    ...(names.length === 0 ? {} : { 'tokenizer.chat_templates': ['texts', names] }),
    ...Object.fromEntries(names.map((name) => [`tokenizer.chat_template.${name}`, ['text', others[name]!]])),
  };
}
