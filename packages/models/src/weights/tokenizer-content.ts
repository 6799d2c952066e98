// What in a model's folder decides which token ids a text or a chat becomes, for the fingerprint: the content of the
// files without what says nothing of it, so that a copy saved by another program still is the same tokenizer.

const whole = 'tokenizer.json';
const settings = 'tokenizer_config.json';

/** A model may have any of them but the first, which it must have. */
export const tokenizerFiles = [
  whole,
  settings,
  'special_tokens_map.json',
  'chat_template.jinja',
  'chat_template.json',
] as const;

/** Of tokenizer.json: how batches were last cut and padded; this software does that by the group's settings. */
const batching = ['truncation', 'padding'];

/** Of tokenizer_config.json: where it comes from, and what is only for batches. All other fields count. */
const provenance =
  /^(_?name_or_path|transformers_version|processor_class|auto_map|use_fast|is_local|local_files_only|(special_tokens_map|tokenizer)_file|(padding|truncation)_side|truncation_strategy|pad_to_multiple_of|max_length|stride|model_max_length|max_len)$/;

/** The text to take the digest of; a JSON file that can't be read counts as it is. */
export function tokenizerContent(name: string, text: string): string {
  if (!name.endsWith('.json')) return text;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof json !== 'object' || json === null) return text;
  if (name === whole) return JSON.stringify(without(json, (field) => batching.includes(field)));
  return JSON.stringify(sorted(name === settings ? without(json, (field) => provenance.test(field)) : json));
}

function without(json: object, isLeftOut: (field: string) => boolean): object {
  return Object.fromEntries(Object.entries(json).filter(([field]) => !isLeftOut(field)));
}

/** With the fields of every object by name: programs write them in any order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([field, inner]) => [field, sorted(inner)]));
}
