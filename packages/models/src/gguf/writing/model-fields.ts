// What a model is in GGUF: its architecture's name there and its metadata, out of the parsed config. What llama.cpp would
// compute otherwise than we do is refused by name. Keys as in gguf-py's constants.py; what llama.cpp does with them as in
// its src/models.
import type { BaseModel } from '../../base-model.ts';
import type { RotaryDecoder } from '../../blocks/rotary-decoder-config.ts';
import type { Gpt2Config } from '../../families/gpt2.ts';
import { ModelError } from '../../model-error.ts';
import { type Architecture, type ArchitectureName, architectures, type Heads } from '../architectures.ts';
import type { GgufFields } from './gguf-values.ts';
import { type RotaryBase, rotaryBase } from './rotary-base.ts';

export interface GgufModel extends Heads {
  readonly architecture: Architecture;
  readonly name: ArchitectureName;
  readonly layers: number;
  /** Under keys with the architecture's name before them. */
  readonly fields: GgufFields;
  /** What each frequency is divided by; null where metadata say it all. */
  readonly frequencyFactors: readonly number[] | null;
}

/** Throws ModelError `unsupported-gguf`. */
export function ggufModel({ modelType, config }: Pick<BaseModel, 'modelType' | 'config'>): GgufModel {
  const make = Object.hasOwn(writers, modelType) ? writers[modelType as keyof typeof writers] : undefined;
  if (make !== undefined) return make(config as never);
  throw refused(
    `llama.cpp has no architecture for a ${modelType} as it is trained here; there is one for ` +
      `${Object.keys(writers).join(', ')}. --format merged writes it for transformers, --format peft the adapter alone`,
  );
}

const refused = (message: string) => new ModelError('unsupported-gguf', message);

const writers = {
  llama: (config: RotaryDecoder) => rotaryModel('llama', config),
  mistral: (config: RotaryDecoder) => rotaryModel('llama', config),
  qwen2: (config: RotaryDecoder) => rotaryModel('qwen2', config),
  qwen3: (config: RotaryDecoder) => rotaryModel('qwen3', withoutBiases('qwen3', config)),
  gemma3_text: (config: RotaryDecoder) => gemma3Model(withoutBiases('gemma3', config)),
  gpt2: gpt2Model,
};

function withoutBiases(name: string, config: RotaryDecoder): RotaryDecoder {
  if (config.biased.length === 0) return config;
  throw refused(`this model has biases in ${config.biased.join(', ')}, which llama.cpp's ${name} has not`);
}

/** Past a layer's window llama.cpp would look at more than the model does: so far only can texts go. */
function rotaryModel(name: 'llama' | 'qwen2' | 'qwen3', config: RotaryDecoder): GgufModel {
  const windows = config.layers.flatMap(({ window }) => (window === undefined ? [] : [window]));
  const base = rotaryBase(config.layers[0]!.frequencies);
  if (base.factors !== null && name !== 'llama')
    throw refused(`this model scales rotary positions as Llama 3 does, which llama.cpp's ${name} does not`);
  return {
    ...madeOf(name, config),
    fields: {
      ...rotaryFields(name, config, Math.min(config.positions, ...windows)),
      ...baseFields(name, base),
    },
    frequencyFactors: base.factors,
  };
}

/** Where llama.cpp has no field and takes Gemma's own numbers: every sixth layer looks at all. */
function gemma3Model(config: RotaryDecoder): GgufModel {
  const { layers, headSize, hiddenSize, heads } = config;
  const sees = (layer: number) => ((layer + 1) % 6 === 0 ? undefined : layers[0]!.window);
  const isUsual = layers[0]!.window !== undefined && layers.every(({ window }, i) => window === sees(i));
  if (!isUsual)
    throw refused(
      "this model's layers look back otherwise than Gemma's: all but every sixth through one window",
    );
  const scoreSize = layers.length === 62 ? hiddenSize / heads : headSize; // 62: the 27B model
  if (Math.abs(config.scoreScale * scoreSize ** 0.5 - 1) > 1e-6)
    throw refused(
      `this model's query_pre_attn_scalar is not ${scoreSize}, which llama.cpp's gemma3 takes for it`,
    );
  const near = rotaryBase(layers[0]!.frequencies);
  const far =
    layers[5] === undefined ? { base: 1e6, factor: 1, factors: null } : rotaryBase(layers[5].frequencies);
  if (near.factor !== 1 || near.factors !== null || far.factors !== null)
    throw refused("this model scales rotary positions in a way that llama.cpp's gemma3 does not");
  return {
    ...madeOf('gemma3', config),
    fields: {
      ...rotaryFields('gemma3', config, config.positions),
      ...baseFields('gemma3', far),
      'gemma3.rope.freq_base_swa': ['f32', near.base],
      'gemma3.attention.sliding_window': ['u32', layers[0]!.window!],
    },
    frequencyFactors: null,
  };
}

function madeOf(name: ArchitectureName, { layers, heads, keyHeads }: RotaryDecoder) {
  return { name, architecture: architectures[name], layers: layers.length, heads, keyHeads };
}

function rotaryFields(name: ArchitectureName, config: RotaryDecoder, positions: number): GgufFields {
  return {
    [`${name}.vocab_size`]: ['u32', config.vocabularySize],
    [`${name}.context_length`]: ['u32', positions],
    [`${name}.embedding_length`]: ['u32', config.hiddenSize],
    [`${name}.block_count`]: ['u32', config.layers.length],
    [`${name}.feed_forward_length`]: ['u32', config.intermediateSize],
    [`${name}.attention.head_count`]: ['u32', config.heads],
    [`${name}.attention.head_count_kv`]: ['u32', config.keyHeads],
    [`${name}.attention.key_length`]: ['u32', config.headSize],
    [`${name}.attention.value_length`]: ['u32', config.headSize],
    [`${name}.attention.layer_norm_rms_epsilon`]: ['f32', config.eps],
    [`${name}.rope.dimension_count`]: ['u32', config.headSize],
  };
}

function baseFields(name: ArchitectureName, { base, factor }: RotaryBase): GgufFields {
  return {
    [`${name}.rope.freq_base`]: ['f32', base],
    ...(factor === 1
      ? {}
      : {
          [`${name}.rope.scaling.type`]: ['text', 'linear'],
          [`${name}.rope.scaling.factor`]: ['f32', factor],
        }),
  };
}

function gpt2Model(config: Gpt2Config): GgufModel {
  if (config.activation !== 'gelu_new')
    throw refused(`this model's activation is ${config.activation}; llama.cpp's gpt2 has gelu_new alone`);
  return {
    ...{ name: 'gpt2', architecture: architectures.gpt2, layers: config.layers },
    ...{ heads: config.heads, keyHeads: config.heads },
    fields: {
      'gpt2.vocab_size': ['u32', config.vocabularySize],
      'gpt2.context_length': ['u32', config.positions],
      'gpt2.embedding_length': ['u32', config.hiddenSize],
      'gpt2.block_count': ['u32', config.layers],
      'gpt2.feed_forward_length': ['u32', config.intermediateSize],
      'gpt2.attention.head_count': ['u32', config.heads],
      'gpt2.attention.layer_norm_epsilon': ['f32', config.eps],
    },
    frequencyFactors: null,
  };
}
