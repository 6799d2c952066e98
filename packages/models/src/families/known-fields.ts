// The fields of config.json that say nothing about what is computed here: where a model comes from, how it was
// initialised, trained, stored or is to generate. Those that a family reads are the family's own; a field that is
// neither may change the values, and is refused (read-model-config.ts).
// Fields as of transformers 5.24, and as older versions and other programs wrote them.

const ofEveryModel = new RegExp(
  `^(${[
    // where it comes from
    'model_type|architectures|_name_or_path|name_or_path|_commit_hash|.*version|transformers\\.js_config|source|conversion',
    'is_llama_config|unsloth_.*|.*dtype|torchscript|_attn_implementation.*|_flash_attn.*|_experts_implementation.*',
    // how it was trained: nothing is dropped here but what the group's settings say
    '.*dropout.*|.*pdrop|initializer.*|gradient_checkpointing|use_cache|pretraining_tp|neftune.*|use_bfloat16',
    'router_aux_loss_coef|output_router_logits|chunk_size_feed_forward|output_past',
    // special tokens, and tasks whose heads are not used
    '.*token_ids?|.*token_index|id2label|label2id|num_labels|_num_labels|problem_type|finetuning_task',
    'task_specific_params|tokenizer_class|prefix|classifier_.*|summary_.*|loss_type|tf_legacy_loss',
    // how it is called, and how it generates
    'return_dict.*|output_hidden_states|output_attentions|output_scores|keys_to_ignore_at_inference|cache_implementation',
    'max_length|min_length|do_sample|early_stopping|num_beams|num_beam_groups|num_return_sequences|temperature|top_[kp]',
    'typical_p|diversity_penalty|repetition_penalty|length_penalty|(encoder_)?no_repeat_ngram_size|bad_words_ids',
    'suppress_tokens|begin_suppress_tokens|remove_invalid_values|exponential_decay_length_penalty',
    // other limits than that of the positions
    'max_sequence_length|model_max_length|seq_length|tokenizer_model_max_length',
  ].join('|')})$`,
);

/** Read only where another field asks for it, or known to change nothing in this family. */
const ofFamily: Readonly<Record<string, readonly string[]>> = {
  // transformers ties the embeddings of an encoder to a head that is not used
  bert: [
    'tie_word_embeddings',
    'directionality',
    'pooler_fc_size',
    'pooler_num_attention_heads',
    'pooler_type',
  ].concat(['pooler_num_fc_layers', 'pooler_size_per_head']),
  roberta: ['tie_word_embeddings'],
  // sinusoidal positions are stored as a table like any other
  distilbert: ['tie_word_embeddings', 'tie_weights_', 'sinusoidal_pos_embds'],
  modernbert: [
    ...['tie_word_embeddings', 'decoder_bias', 'deterministic_flash_attn', 'reference_compile'],
    ...[
      'sparse_prediction',
      'sparse_pred_ignore_index',
      'repad_logits_with_grad',
      'global_attn_every_n_layers',
    ],
    // its positions are rotary whatever this says, and its norms have norm_eps
    ...['position_embedding_type', 'layer_norm_eps', 'global_rope_theta', 'local_rope_theta'],
  ],
  llama: ['rope_theta'],
  mistral: ['rope_theta'],
  qwen2: ['rope_theta', 'sliding_window', 'attention_bias'], // queries, keys and values have biases always
  qwen3: ['rope_theta', 'sliding_window'],
  gemma3_text: ['rope_theta', 'rope_local_base_freq', '_sliding_window_pattern'],
  gpt2: ['n_ctx', 'reorder_and_upcast_attn', 'predict_special_tokens'],
};

export function saysNothing(modelType: string, field: string): boolean {
  const own = Object.hasOwn(ofFamily, modelType) ? ofFamily[modelType]! : [];
  return ofEveryModel.test(field) || own.includes(field);
}

/** A field that is switched off asks for nothing. */
export function isOff(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
