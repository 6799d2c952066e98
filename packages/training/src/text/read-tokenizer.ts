// The base model's tokenizer.json, run by Hugging Face's own library and held to the model: one of another model would
// give ids that the embedding has no row for. What is done with it is tokenizer.ts.
import { createRequire } from 'node:module';
import type { BaseModel } from '@colora/models/base-model';
import { ModelError } from '@colora/models/model-error';
import { parseJson } from '@colora/protocol/api-client';
import { createLruCache } from '@colora/tensors/lru-cache';
import type { Tokenizer } from 'tokenizers';
import { nativePackage } from '../native-package.ts';
import { TrainingError } from '../training-error.ts';
import { readModelText } from './model-text.ts';
import { assertTemplates } from './post-processor.ts';
import { readTokenizerSettings } from './special-tokens.ts';
import type { Around } from './token-cuts.ts';
import { assertBounded } from './tokenizer-patterns.ts';
import { assertAgreed, type TokenizerParts } from './tokenizer-settings.ts';

const require = createRequire(import.meta.url);
const library: typeof import('tokenizers') = require(nativePackage(require, 'tokenizers'));

export interface TokenIds {
  /** The ids of a text, without the special tokens around it. Throws TrainingError `no-token`, also for half a character. */
  plain(text: string): Promise<number[]>;
  /** Of a text that goes on from another: without the space that some tokenizers put before every text. */
  continuing(text: string): Promise<number[]>;
  /** The special tokens that are put around a text. */
  readonly around: Around;
  /** Without special tokens; the very text that the ids are of, spaces before punctuation and all. */
  decode(ids: readonly number[]): Promise<string>;
  idOf(token: string): number | null;
}

/** Throws ModelError `bad-tokenizer` on a file that is none, or not UTF-8, or whose vocabulary is larger than the model's. */
export async function readTokenizer(base: BaseModel): Promise<TokenIds> {
  const text = await readModelText(base.tokenizerPath);
  assertTemplates(base.tokenizerPath, text);
  const tokenizer = parse(base.tokenizerPath, text);
  assertAgreed(base, JSON.parse(text) as TokenizerParts, await readTokenizerSettings(base.folder));
  const rows = base.family.vocabularySize(base.config);
  assertFits(base.tokenizerPath, tokenizer, rows);
  const plain = remembered((text) => encode(tokenizer, text, rows));
  return {
    plain,
    continuing: await continuingOf(plain),
    around: await aroundOf(tokenizer),
    decode: async (ids) => (ids.length === 0 ? '' : await tokenizer.decode([...ids], true)),
    idOf: (token) => tokenizer.tokenToId(token),
  };
}

function parse(path: string, text: string): Tokenizer {
  let tokenizer: Tokenizer;
  assertBounded(path, parseJson(text));
  try {
    tokenizer = library.Tokenizer.fromString(text);
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message.slice(0, 200)}` : '';
    throw new ModelError(
      'bad-tokenizer',
      `${path} is no tokenizer that can be read${why}; download it again`,
      { cause },
    );
  }
  // limits that its maker trained with, which nobody else asks for
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  assertMeant(path, JSON.parse(text) as Described, tokenizer);
  return tokenizer;
}

interface Described {
  readonly model?: { readonly dropout?: unknown };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
}

/** What the library would do otherwise than the file says: draw merges, or give added tokens ids of its own. */
function assertMeant(path: string, { model, added_tokens: added }: Described, tokenizer: Tokenizer): void {
  if (typeof model?.dropout === 'number' && model.dropout !== 0) {
    throw new ModelError(
      'bad-tokenizer',
      `${path} leaves out merges at random (model.dropout ${model.dropout}), so a text has other tokens each time; set model.dropout to null`,
    );
  }
  const moved = added?.find(({ id, content }) => tokenizer.tokenToId(content) !== id);
  if (moved === undefined) return;
  throw new ModelError(
    'bad-tokenizer',
    `${path} gives the added token ${JSON.stringify(moved.content.slice(0, 60))} the id ${moved.id}, which does not follow the ones before it: the library would give it ${tokenizer.tokenToId(moved.content)}; number added tokens without gaps`,
  );
}

/** Added tokens aside: Gemma 3's text models list one for images that they have no row for. */
function assertFits(path: string, tokenizer: Tokenizer, rows: number): void {
  let largest = -1;
  for (const id of Object.values(tokenizer.getVocab(false))) if (id > largest) largest = id;
  if (largest < rows) return;
  throw new ModelError(
    'bad-tokenizer',
    `${path} has ids up to ${largest}, but the model's vocabulary only ${rows} tokens: it is the ` +
      `tokenizer of another model; put this model's own tokenizer.json (and tokenizer_config.json) there`,
  );
}

/** Bytes of texts and their ids, of one tokenizer. */
const rememberedBytes = 8 * 2 ** 20;

/** Each learner of a worker reads the same texts: a member's in several groups, and those of the arm trained alone. */
function remembered(plain: TokenIds['plain']): TokenIds['plain'] {
  const known = createLruCache<{ readonly text: string; readonly ids: readonly number[] }>({
    limit: rememberedBytes,
    largest: rememberedBytes / 64,
    sizeOf: ({ text, ids }) => 2 * text.length + 8 * ids.length,
  });
  return async (text) => {
    const ids = known.get(text)?.ids ?? (await plain(text));
    known.put(text, { text, ids });
    return [...ids];
  };
}

async function encode(tokenizer: Tokenizer, text: string, rows: number): Promise<number[]> {
  // the library would take it for U+FFFD
  if (!text.isWellFormed()) {
    throw new TrainingError(
      'no-token',
      'it holds half of a character (one of a surrogate pair without the other): write the whole character; where the texts are whole, the chat template cuts one in two',
    );
  }
  const ids = await idsOf(tokenizer, text);
  const missing = ids.find((id) => id >= rows);
  if (missing === undefined) return ids;
  throw new TrainingError(
    'no-token',
    `it holds ${JSON.stringify(tokenizer.idToToken(missing))}, a token (${missing}) that the base model's embedding has no row for (it has ${rows}); take it out of the text`,
  );
}

async function idsOf(tokenizer: Tokenizer, text: string): Promise<number[]> {
  try {
    return (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
  } catch (cause) {
    throw new TrainingError(
      'no-token',
      'it holds words that the tokenizer has no token for, and it has none for unknown words either',
      { cause },
    );
  }
}

async function aroundOf(tokenizer: Tokenizer): Promise<Around> {
  const encoding = await tokenizer.encode('a').catch(() => tokenizer.encode(''));
  const ids = encoding.getIds();
  const special = encoding.getSpecialTokensMask();
  const first = special.indexOf(0);
  if (first === -1) return { before: ids, after: [] };
  return { before: ids.slice(0, first), after: ids.slice(special.lastIndexOf(0) + 1) };
}

/** Texts after which another goes on as it stands: one of them merges with no text's beginning. */
const openings = ['\n', 'a', '.', '0', ' ', ','];

/**
 * SentencePiece's kind puts a space before a text, unless something stands there. So the text is encoded behind an
 * opening whose own tokens are then taken off again.
 */
async function continuingOf(plain: TokenIds['plain']): Promise<TokenIds['plain']> {
  const behind = async (opening: string, text: string): Promise<number[] | null> => {
    const start = await plain(opening);
    const ids = await plain(opening + text);
    return start.every((id, at) => ids[at] === id) ? ids.slice(start.length) : null;
  };
  if (!(await addsSpace(plain, behind))) return plain;
  return async (text) => {
    for (const opening of openings) {
      const ids = await behind(opening, text);
      if (ids !== null) return ids;
    }
    return plain(text);
  };
}

async function addsSpace(
  plain: TokenIds['plain'],
  behind: (opening: string, text: string) => Promise<number[] | null>,
): Promise<boolean> {
  try {
    const [alone, after] = [await plain('a'), await behind('\n', 'a')];
    return after !== null && alone.join() !== after.join();
  } catch {
    return false; // a vocabulary of whole words, which has neither
  }
}
