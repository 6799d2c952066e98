// adapter_config.json of PEFT's LoRA: what we write, and what we accept when reading one.
// Fields as of peft 0.21 (https://huggingface.co/docs/peft/package_reference/lora); the weights are peft.ts.
import { AdapterError } from '../adapter-error.ts';
import { notPlain } from './peft-fields.ts';
import { isSameModule, type PeftTaskType } from './peft-names.ts';
import { pythonPattern } from './python-pattern.ts';

interface PeftConfigOptions {
  readonly baseModel: string;
  readonly revision: string | null;
  readonly taskType: PeftTaskType;
  /** The base model's matrices lie [in, out]. A and B are the same in either case. */
  readonly fanInFanOut: boolean;
  /** Rank by module name as PEFT knows the module. */
  readonly ranks: ReadonlyMap<string, number>;
}

/**
 * lora_alpha = r, so that PEFT's own scale lora_alpha / r is 1: ours is inside B already.
 * target_modules holds full names: PEFT also matches them as dotted suffixes, but a full name has no other match.
 */
export function peftConfig({
  baseModel,
  revision,
  taskType,
  fanInFanOut,
  ranks,
}: PeftConfigOptions): Record<string, unknown> {
  const largest = Math.max(...ranks.values());
  const others = [...ranks].filter(([, rank]) => rank !== largest);
  const pattern = Object.fromEntries(others.map(([module, rank]) => [escapeDots(module), rank]));
  return {
    alpha_pattern: pattern,
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: 'none',
    fan_in_fan_out: fanInFanOut,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: largest,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: largest,
    rank_pattern: pattern,
    revision,
    target_modules: [...ranks.keys()],
    task_type: taskType,
    use_dora: false,
    use_rslora: false,
  };
}

// The keys of rank_pattern are regular expressions to PEFT.
function escapeDots(module: string): string {
  return module.replaceAll('.', '\\.');
}

interface ReadPeftConfig {
  readonly baseModel: string | undefined;
  readonly taskType: string | undefined;
  /** PEFT's scale of this module for a factor of this rank. */
  readonly scale: (module: string, rank: number) => number;
  /** What contradicts the tensors of this module, or null: then PEFT would load others than these, or none. */
  readonly contradiction: (module: string, rank: number) => string | null;
  /** Whether a module of a layer must be adapted, by a list of names that holds for all layers. */
  readonly promises: (module: string) => boolean;
}

/** Throws AdapterError `bad-peft-config` naming the field. */
export function readPeftConfig(bytes: Uint8Array): ReadPeftConfig {
  const config = parseObject(bytes);
  if (config.peft_type !== 'LORA')
    reject(`peft_type must be "LORA", got ${JSON.stringify(config.peft_type)}`);
  const why = notPlain(config);
  if (why !== null) reject(why);
  const alpha = config.lora_alpha;
  if (typeof alpha !== 'number' || !Number.isFinite(alpha)) reject('lora_alpha must be a finite number');
  const patterns = readAlphaPattern(config.alpha_pattern);
  return {
    baseModel: optionalString(config.base_model_name_or_path),
    taskType: optionalString(config.task_type),
    scale: (module, rank) => {
      const own = patterns.find(({ pattern }) => pattern.test(module))?.alpha ?? alpha;
      return own / (config.use_rslora === true ? Math.sqrt(rank) : rank);
    },
    contradiction: (module, rank) => {
      if (!isTarget(module, config.target_modules)) return 'target_modules does not name it';
      const told = rankOf(module, config);
      return told === undefined || told === rank ? null : `its r there is ${told}`;
    },
    promises: (module) =>
      Array.isArray(config.target_modules) &&
      isTarget(module, config.target_modules) &&
      [config.layers_to_transform, config.exclude_modules].every((field) => (field ?? null) === null),
  };
}

/** As peft matches a list of names; a pattern, or `all-linear`, is taken at its word. */
function isTarget(module: string, targets: unknown): boolean {
  if (!Array.isArray(targets) || targets.length === 0) return true;
  return targets.some((target) => isSameModule(module, target) || module.endsWith(`.${target}`));
}

/** Undefined where the config leaves it open, or tells it by a pattern that can't be read here. */
function rankOf(module: string, { r, rank_pattern: field }: Record<string, unknown>): number | undefined {
  for (const [key, rank] of Object.entries(field ?? {})) {
    const pattern = pythonPattern(key);
    if (pattern === null) return undefined;
    if (pattern.test(module)) return typeof rank === 'number' ? rank : undefined;
  }
  return typeof r === 'number' ? r : undefined;
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    reject('it is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) reject('it must be a JSON object');
  return json as Record<string, unknown>;
}

function readAlphaPattern(field: unknown): { pattern: RegExp; alpha: number }[] {
  if (field === undefined || field === null) return [];
  if (typeof field !== 'object') reject('alpha_pattern must be an object');
  return Object.entries(field).map(([key, alpha]) => {
    if (typeof alpha !== 'number' || !Number.isFinite(alpha))
      reject(`alpha_pattern["${key}"] must be a finite number`);
    const pattern = pythonPattern(key); // as peft.utils.other.get_pattern_key
    if (pattern !== null) return { pattern, alpha };
    return reject(
      `alpha_pattern["${key}"] is not a regular expression that can be read here (inline flags, possessive and atomic groups ` +
        'cannot): write the modules of that scale out as keys of their own, with their full names',
    );
  });
}

function optionalString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function reject(message: string): never {
  throw new AdapterError('bad-peft-config', `adapter_config.json: ${message}`);
}
