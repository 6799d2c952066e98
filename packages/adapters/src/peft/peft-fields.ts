// The fields of adapter_config.json under which an adapter is what its tensors say: delta = scale B A, on the base model
// as it is. PEFT has many that change that without a tensor more, and each release brings others: what stands here is
// known, and what doesn't is refused unless it is empty. Fields as of peft 0.21.2.

/** They say where an adapter comes from, how it was trained, or what its tensors say as well (their modules, their ranks). */
const harmless = [
  ...[
    'peft_type',
    'task_type',
    'auto_mapping',
    'peft_version',
    'base_model_name_or_path',
    'revision',
    'inference_mode',
  ],
  ...['r', 'rank_pattern', 'target_modules', 'exclude_modules', 'layers_to_transform', 'layers_pattern'],
  ...['lora_alpha', 'alpha_pattern', 'use_rslora', 'fan_in_fan_out', 'lora_dropout'],
  ...['runtime_config', 'eva_config', 'megatron_core', 'qalora_group_size'],
];

/** Starts of A and B that leave the base model's weights as they are. */
const plainStarts = ['gaussian', 'eva', 'orthogonal'];

/** What one of these means, for who wonders why it is refused. */
const meanings: Readonly<Record<string, string>> = {
  use_dora: 'it trains a magnitude of every weight beside A and B',
  use_qalora: 'its A works on pooled inputs',
  lora_bias: 'its B has a bias',
  modules_to_save: 'whole modules were trained beside it',
  trainable_token_indices: 'rows of the embedding were trained beside it',
  target_parameters: 'it adapts parameters that are no linear layers',
  layer_replication: 'it is for a base model with layers repeated',
  alora_invocation_tokens: 'it works only on tokens after its invocation',
};

/** Null where the adapter is plain, else the field that makes it another thing, and why. */
export function notPlain(config: Readonly<Record<string, unknown>>): string | null {
  for (const [field, value] of Object.entries(config)) {
    if (harmless.includes(field) || isEmpty(value)) continue;
    if (field === 'bias') {
      if (value === 'none') continue;
      return `bias must be "none", got ${show(value)}: the base model's biases were trained too; ${mergeIt}`;
    }
    if (field === 'init_lora_weights') {
      if (value === true || (typeof value === 'string' && plainStarts.includes(value.toLowerCase())))
        continue;
      return `init_lora_weights ${show(value)} changes the base model's weights when the adapter is made: A and B alone are another model; convert it (PEFT: save_pretrained with path_initial_model_for_weight_conversion), or ${mergeIt}`;
    }
    const meaning = meanings[field] ?? 'what it does to A and B is not known here';
    return `${field} ${show(value)} is not supported (${meaning}); ${mergeIt}`;
  }
  return null;
}

const mergeIt = 'merge it into its base model (PEFT: merge_and_unload) and take that as the base model';

/** Off, in PEFT's configs. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
