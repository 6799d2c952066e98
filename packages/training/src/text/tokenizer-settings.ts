// tokenizer_config.json held to tokenizer.json: of a few things transformers' own classes believe the first, the library
// the second. Where they differ nobody knows which the model was trained with.
import type { BaseModel } from '@colora/models/base-model';
import { ModelError } from '@colora/models/model-error';

interface Part {
  readonly type?: string;
  readonly [field: string]: unknown;
}

/** What of tokenizer.json is looked at. */
export interface TokenizerParts {
  readonly normalizer?: Part | null;
  readonly pre_tokenizer?: Part | null;
}

type Settings = Readonly<Record<string, unknown>>;

/** Throws ModelError `bad-tokenizer` naming both fields. `settings`: of tokenizer_config.json, empty where there is none. */
export function assertAgreed(
  { tokenizerPath, modelType }: BaseModel,
  parts: TokenizerParts,
  settings: Settings,
): void {
  const kind = String(settings.tokenizer_class ?? modelType);
  const found = contradiction(kind, parts, settings);
  if (found === null) return;
  throw new ModelError(
    'bad-tokenizer',
    `${tokenizerPath} has ${found}: texts would have other tokens by the one than by the other; make both what the model was trained with`,
  );
}

function contradiction(kind: string, parts: TokenizerParts, settings: Settings): string | null {
  if (/^(distil)?bert/i.test(kind)) return ofBert(parts, settings);
  // of other classes (PreTrainedTokenizerFast, Gemma's) the field says nothing
  return /^(gpt2|roberta|qwen[23]|llama|mistral)/i.test(kind) ? ofSpace(parts, settings) : null;
}

/** BERT's normalizer: its fields in tokenizer_config.json, in tokenizer.json, and what they are unless said. */
const bertSettings = [
  { field: 'do_lower_case', own: 'lowercase', unsaid: true },
  { field: 'strip_accents', own: 'strip_accents', unsaid: null },
  { field: 'tokenize_chinese_chars', own: 'handle_chinese_chars', unsaid: true },
] as const;

function ofBert({ normalizer }: TokenizerParts, settings: Settings): string | null {
  if (normalizer?.type !== 'BertNormalizer') return null;
  // accents go with capitals unless it says otherwise
  const said: Settings = { ...normalizer, strip_accents: normalizer.strip_accents ?? normalizer.lowercase };
  for (const { field, own, unsaid } of bertSettings) {
    const asked = settings[field] ?? unsaid;
    if (asked === null || asked === said[own]) continue;
    const how = settings[field] === asked ? '' : ' by not naming it';
    return `${own} ${said[own]} in its normalizer, and tokenizer_config.json ${field} ${asked}${how}`;
  }
  return null;
}

/** A space before every text; left as the file has it where the settings don't say. */
function ofSpace({ normalizer, pre_tokenizer }: TokenizerParts, settings: Settings): string | null {
  const asked = settings.add_prefix_space;
  const puts = [normalizer, pre_tokenizer].some((part) => putsSpace(part));
  if (typeof asked !== 'boolean' || asked === puts) return null;
  return `${puts ? 'a' : 'no'} space put before a text, and tokenizer_config.json add_prefix_space ${asked}`;
}

function putsSpace(part: Part | null | undefined): boolean {
  if (part?.type === 'Sequence')
    return [part.normalizers, part.pretokenizers].flat().some((one) => putsSpace(one as Part));
  if (part?.type === 'Metaspace' && part.prepend_scheme !== undefined) return part.prepend_scheme !== 'never';
  return part?.type === 'Prepend' || part?.add_prefix_space === true;
}
