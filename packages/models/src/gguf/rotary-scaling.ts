// Scaled rotary positions, as config.json's rope_scaling. Most kinds are numbers among the metadata. For Llama 3 GGUF
// stores a factor for every frequency instead of the four numbers that they come from: 1 for high frequencies, `factor`
// for low ones.
import { floatsInPlace } from '@colora/tensors/tensor-bytes';
import { ModelError } from '../model-error.ts';
import type { ModelFacts } from './architectures.ts';
import type { GgufFile, GgufTensor } from './gguf-file.ts';

/** The tensor of the factors. */
export const rotaryFactors = 'rope_freqs.weight';

// The same in every Llama 3.1, 3.2 and 3.3; only the factor differs.
const low = 1;
const high = 4;
const original = 8192;

/**
 * The field `rope_scaling` for config.json, or none where the frequencies are plain; whether the model's family knows
 * the kind is for the family to say. Throws ModelError `unsupported-gguf` where factors are not those of Llama 3.
 */
export async function rotaryScaling(file: GgufFile, facts: ModelFacts): Promise<Record<string, unknown>> {
  const tensor = file.tensors.get(rotaryFactors);
  if (tensor !== undefined) return llama3Scaling(file, facts, tensor);
  const kind = facts.text('rope.scaling.type') ?? 'none';
  if (kind === 'none') return {};
  return {
    rope_scaling: {
      rope_type: kind,
      factor: facts.number('rope.scaling.factor'),
      original_max_position_embeddings: facts.number('rope.scaling.original_context_length'),
    },
  };
}

async function llama3Scaling(
  file: GgufFile,
  facts: ModelFacts,
  tensor: GgufTensor,
): Promise<Record<string, unknown>> {
  const bytes = await file.read(tensor);
  const factors = floatsInPlace(tensor.format.storedAs, bytes);
  const factor = Math.max(...factors);
  const theta = facts.number('rope.freq_base') ?? 10_000;
  const expected = factors.map((_, i) => expectedFactor(theta ** (-i / factors.length), factor));
  const same = factors.every((value, i) => Math.abs(value - expected[i]!) <= 1e-3 * value);
  if (!same) {
    throw new ModelError(
      'unsupported-gguf',
      `${file.path}: tensor ${rotaryFactors} scales the rotary positions in another way than Llama 3 does`,
    );
  }
  return {
    rope_scaling: {
      rope_type: 'llama3',
      factor,
      low_freq_factor: low,
      high_freq_factor: high,
      original_max_position_embeddings: original,
    },
  };
}

/** 1 above `high` turns in the original context, `factor` below `low`, in between 1 / ((1 - s) / factor + s). */
function expectedFactor(frequency: number, factor: number): number {
  const turns = (original * frequency) / (2 * Math.PI);
  if (turns > high) return 1;
  if (turns < low) return factor;
  const s = (turns - low) / (high - low);
  return 1 / ((1 - s) / factor + s);
}
