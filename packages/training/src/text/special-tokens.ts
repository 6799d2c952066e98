// The tokens that a model names for a purpose (`bos_token`, `eos_token`, …), as texts, and the ids that end what it
// writes. They stand in several files, of which a model may lack any.
import { join } from 'node:path';
import { readOptionalJson } from './model-text.ts';

const settingsFile = 'tokenizer_config.json';

/** Empty where the model has none. Throws as readOptionalJson does. */
export function readTokenizerSettings(folder: string): Promise<Readonly<Record<string, unknown>>> {
  return readOptionalJson(join(folder, settingsFile));
}

/** `bos_token` and the like; tokenizer_config.json wins over special_tokens_map.json, which older models have alone. */
export async function readSpecialTokens(folder: string): Promise<Readonly<Record<string, string>>> {
  const tokens: Record<string, string> = {};
  for (const file of ['special_tokens_map.json', settingsFile]) {
    for (const [name, token] of Object.entries(await readOptionalJson(join(folder, file)))) {
      const text = contentOf(token);
      if (name.endsWith('_token') && text !== null) tokens[name] = text;
    }
  }
  return tokens;
}

export interface EndTokens {
  /** The end of a text that was learnt; null where the model has none. */
  readonly text: number | null;
  /** Each of these ends what the model writes: of a text, of a turn, of a message. */
  readonly all: readonly number[];
}

/** generation_config.json may name several, as instruct models do; the tokenizer's own ends a turn where it differs. */
export async function readEndTokens(
  folder: string,
  idOf: (token: string) => number | null,
): Promise<EndTokens> {
  const config = await readOptionalJson(join(folder, 'config.json'));
  const generation = await readOptionalJson(join(folder, 'generation_config.json'));
  const { eos_token: token } = await readSpecialTokens(folder);
  const ofTokenizer = token === undefined ? null : idOf(token);
  const ofConfig = typeof config.eos_token_id === 'number' ? config.eos_token_id : null;
  const named = [generation.eos_token_id, config.eos_token_id, ofTokenizer].flat();
  const text = ofConfig ?? ofTokenizer;
  const all = [text, ...named].filter((id): id is number => Number.isInteger(id));
  return { text, all: [...new Set(all)] };
}

function contentOf(token: unknown): string | null {
  const content =
    typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  return typeof content === 'string' ? content : null;
}
