// How PEFT names our modules: the class that PEFT wraps (AutoModel, AutoModelForCausalLM, ...) decides whether
// module names carry the base model's prefix, whatever the checkpoint on disk does.

export type PeftTaskType = 'CAUSAL_LM' | 'SEQ_CLS' | 'FEATURE_EXTRACTION';

const keyPrefix = 'base_model.model.';

// transformers' `base_model_prefix` of each family; families not listed keep their checkpoint names.
const basePrefixes: Readonly<Record<string, string>> = {
  bert: 'bert.',
  distilbert: 'distilbert.',
  gemma3_text: 'model.',
  gpt2: 'transformer.',
  llama: 'model.',
  mistral: 'model.',
  modernbert: 'model.',
  qwen2: 'model.',
  qwen3: 'model.',
  roberta: 'roberta.',
};

/** The family's matrices are transformers' Conv1D, [in, out]: PEFT wants to be told when it adapts them. */
export function hasTransposedMatrices(modelType: string): boolean {
  return modelType === 'gpt2';
}

/** The module's name inside the class that the task type stands for: AutoModel has no prefix, all others do. */
export function peftModule(module: string, modelType: string, taskType: PeftTaskType): string {
  const prefix = Object.hasOwn(basePrefixes, modelType) ? basePrefixes[modelType]! : '';
  const bare = module.startsWith(prefix) ? module.slice(prefix.length) : module;
  return taskType === 'FEATURE_EXTRACTION' ? bare : prefix + bare;
}

export function peftKey(module: string, role: 'A' | 'B'): string {
  return `${keyPrefix}${module}.lora_${role}.weight`;
}

/** Undefined for keys that are not a LoRA factor of a linear module. */
export function parsePeftKey(key: string): { module: string; role: 'A' | 'B' } | undefined {
  const match = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/.exec(key);
  return match === null ? undefined : { module: match[1]!, role: match[2] as 'A' | 'B' };
}

/** Whether two names mean one module, one of them with a base model's prefix before it. */
export function isSameModule(one: string, other: string): boolean {
  return (
    one === other ||
    Object.values(basePrefixes).some((prefix) => prefix + one === other || prefix + other === one)
  );
}
