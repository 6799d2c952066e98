// config.json as a family's config, held to what is computed here: a field that asks for something else, known or new,
// is refused by name before any weights are looked for. Which fields say nothing is known-fields.ts.
import { asConfigObject, type ConfigObject } from '../config-fields.ts';
import { ModelError } from '../model-error.ts';
import type { ModelFamily } from '../model-family.ts';
import { findFamily } from './families.ts';
import { isOff, saysNothing } from './known-fields.ts';
import { watchReads } from './watch-reads.ts';

export interface ModelConfig {
  readonly family: ModelFamily;
  /** The family's parsed config; pass it to the family's functions. */
  readonly config: unknown;
}

/**
 * Throws ModelError `unsupported-quantisation`, `unknown-model-type` or `bad-config`, naming the field and what would
 * be right.
 */
export function readModelConfig(json: unknown): ModelConfig {
  const object = asConfigObject(json);
  refuseQuantised(object);
  const family = findFamily(object.model_type, object);
  refuseOtherCode(object);
  if (family.decoder !== undefined) assertLanguageModel(object, family.modelType);
  const { value: config, read } = watchReads(object, (watched) => family.parseConfig(watched));
  for (const [field, value] of Object.entries(object)) {
    if (read.has(field) || isOff(value) || saysNothing(family.modelType, field)) continue;
    throw new ModelError(
      'bad-config',
      `config.json: "${field}" is ${show(value)}, and what it does to a ${family.modelType} is not known here: it may ` +
        'change what is computed. Take another model; if you know that it changes nothing, take the field out of a ' +
        'copy of the model that all members use',
    );
  }
  return { family, config };
}

/** Where the libraries of fewer bits write that they have been at work; `quantization` is MLX's. */
const quantisations = ['quantization_config', 'quantization', 'compression_config'];

function refuseQuantised(config: ConfigObject): void {
  const field = quantisations.find((name) => !isOff(config[name]));
  if (field === undefined) return;
  throw new ModelError(
    'unsupported-quantisation',
    `config.json: "${field}" says that the weights are quantised (${methodOf(config[field])}), which is not read: take ` +
      'the model that it was made from, in F32, F16 or BF16, and --base-precision 8bit or 4bit where memory is scarce; ' +
      'or a GGUF file of it',
  );
}

function methodOf(settings: unknown): string {
  const { quant_method: method, load_in_4bit: four, load_in_8bit: eight } = (settings ?? {}) as ConfigObject;
  if (typeof method === 'string') return method.slice(0, 40);
  return four === true || eight === true ? 'bitsandbytes' : show(settings);
}

/** A repository's own Python classes compute what they like, whatever model_type they go by. */
function refuseOtherCode({ auto_map: map }: ConfigObject): void {
  if (isOff(map)) return;
  throw new ModelError(
    'bad-config',
    'config.json: "auto_map" says that the model comes with code of its own (trust_remote_code in transformers), which ' +
      'is not run here; take a model that transformers has built in',
  );
}

/** A decoder with another head than that of a language model has been trained to write nothing. */
function assertLanguageModel({ architectures }: ConfigObject, modelType: string): void {
  if (!Array.isArray(architectures) || architectures.length === 0) return;
  const isLanguageModel = (name: unknown) =>
    typeof name === 'string' && /(ForCausalLM|LMHeadModel)$/.test(name);
  if (architectures.some(isLanguageModel)) return;
  throw new ModelError(
    'bad-config',
    `config.json: "architectures" is ${show(architectures)}; a ${modelType} is used as a language model here ` +
      '(…ForCausalLM), and this one is none',
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
