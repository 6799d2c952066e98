// Which metadata of a model are heeded or say nothing, by their keys after `<architecture>.`; any other may change what is
// computed and is refused. Keys as in gguf-py's constants.py.
import { ModelError } from '../model-error.ts';
import type { GgufMetadata } from './gguf-metadata.ts';

const known = new Set([
  ...['block_count', 'context_length', 'embedding_length', 'feed_forward_length', 'vocab_size'],
  ...['attention.head_count', 'attention.head_count_kv', 'attention.key_length', 'attention.value_length'],
  ...[
    'attention.layer_norm_rms_epsilon',
    'attention.layer_norm_epsilon',
    'rope.freq_base',
    'rope.dimension_count',
  ],
  ...[
    'rope.scaling.type',
    'rope.scaling.factor',
    'rope.scaling.original_context_length',
    'rope.scaling.finetuned',
  ],
  'tensor_data_layout',
]);

const ofArchitecture: Readonly<Record<string, readonly string[]>> = {
  gemma3: ['attention.sliding_window', 'rope.freq_base_swa'],
};

/** Throws ModelError `unsupported-gguf` naming the key. `headSize`: of queries and keys. */
export function assertKnownMetadata(metadata: GgufMetadata, architecture: string, headSize: number): void {
  const prefix = `${architecture}.`;
  const refuse = (key: string, why: string) => {
    throw new ModelError(
      'unsupported-gguf',
      `the GGUF file's "${key}" is ${String(metadata[key]).slice(0, 60)}, ${why}`,
    );
  };
  for (const [key, value] of Object.entries(metadata)) {
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    const isOff = value === false || value === null || Number(value) === 0;
    if (known.has(name) || ofArchitecture[architecture]?.includes(name) || isOff) continue;
    refuse(key, `and what it does to a ${architecture} is not computed here: take another model`);
  }
  for (const name of ['attention.value_length', 'rope.dimension_count']) {
    const value = metadata[prefix + name];
    if (value === undefined || Number(value) === headSize) continue;
    refuse(
      prefix + name,
      `but a head has ${headSize} dimensions: heads that differ from that are not supported`,
    );
  }
}
