// A byte-level BPE vocabulary as GGUF has it: merges, and the name that llama.cpp knows its way of splitting texts by. The
// names are those that byte-level-tokenizer.ts reads; a tokenizer that splits in another way has none.
import { ModelError } from '../../model-error.ts';
import { type Splitting, splittings } from '../byte-level-tokenizer.ts';
import type { GgufFields } from './gguf-values.ts';
import { mergePairs, type Step, stepsOf, type TokenizerJson } from './tokenizer-json.ts';

/** Throws ModelError `unsupported-gguf`. */
export function byteLevelFields(tokenizer: TokenizerJson): GgufFields {
  return {
    'tokenizer.ggml.model': ['text', 'gpt2'],
    'tokenizer.ggml.pre': ['text', splittingName(tokenizer)],
    'tokenizer.ggml.merges': ['texts', mergePairs(tokenizer).map((pair) => pair.join(' '))],
  };
}

function splittingName({ normalizer, pre_tokenizer, model }: TokenizerJson): string {
  const own = shapeOf(normalizer, pre_tokenizer, model.ignore_merges);
  const known = Object.entries(splittings).find(([, splitting]) => knownShape(splitting) === own);
  if (known !== undefined) return known[0];
  throw new ModelError(
    'unsupported-gguf',
    'the tokenizer splits texts in a way that has no name here for llama.cpp ' +
      `(known are ${Object.keys(splittings).join(', ')}): --format merged writes the model for transformers, and llama.cpp's own converter knows more`,
  );
}

const knownShape = ({ normalizer, preTokenizer, ignoreMerges }: Splitting) =>
  shapeOf(normalizer as Step | undefined, preTokenizer as Step, ignoreMerges);

/** What makes a difference to the ids, in one form. */
function shapeOf(
  normalizer: Step | null | undefined,
  preTokenizer: Step | null | undefined,
  ignoresMerges = false,
): string {
  return JSON.stringify([stepsOf(normalizer).map(plain), stepsOf(preTokenizer).map(plain), ignoresMerges]);
}

function plain(step: Step): unknown {
  const { type } = step;
  if (type === 'ByteLevel') return [type, step.add_prefix_space ?? true, step.use_regex ?? true];
  if (type === 'Split') return [type, step.pattern, step.behavior, step.invert ?? false];
  if (type === 'Digits') return [type, step.individual_digits ?? false];
  return Object.entries(step).sort();
}
