// A base model with an adapter added into its weights as one GGUF file for llama.cpp and what is built on it; and the
// adapter alone, for llama.cpp to add to the base model's own GGUF. What a tokenizer is there is tokenizer-fields.ts.
import type { FoldedAdapter } from '@colora/adapters/fold';
import type { BaseModel } from '../../base-model.ts';
import { linearWeight } from '../../weights/linear-weight.ts';
import { rotaryFactors } from '../rotary-scaling.ts';
import type { GgufFields } from './gguf-values.ts';
import { tensorBytes, type WrittenValues, writeGguf } from './gguf-writer.ts';
import { ggufModel } from './model-fields.ts';
import { done, openWeights, type Precision, planTensors, tensorFinder } from './planned-tensors.ts';

export interface GgufRequest {
  readonly base: BaseModel;
  /** By module name; delta = B A. Empty: the base model as it is. */
  readonly folded: ReadonlyMap<string, FoldedAdapter>;
  /** What people read of it. */
  readonly title: string;
}

/** llama.h's LLAMA_FTYPE_MOSTLY_F16 and _Q8_0 */
const fileTypes: Readonly<Record<Precision, number>> = { f16: 1, q8_0: 7 };

/** Bytes of the tensors. Throws ModelError `unsupported-gguf`. */
export function ggufBytes(base: BaseModel, precision: Precision): number {
  return planTensors(base, ggufModel(base), precision).reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
}

/**
 * `tokenizer`: its metadata. One weight is in memory at a time. Throws ModelError `unsupported-gguf` for what llama.cpp has
 * no place for, and the file system's error; then nothing is left at `path`.
 */
export async function writeGgufModel(
  path: string,
  { base, folded, title }: GgufRequest,
  { tokenizer, precision }: { readonly tokenizer: GgufFields; readonly precision: Precision },
): Promise<void> {
  const model = ggufModel(base);
  const planned = planTensors(base, model, precision);
  const factors = model.frequencyFactors;
  const weights = openWeights(base, folded);
  const tensors: WrittenValues[] = [
    ...(factors === null ? [] : [factorsTensor(factors)]),
    ...planned.map((tensor) => ({ ...tensor, values: () => weights.read(tensor) })),
  ];
  try {
    const fields: GgufFields = {
      'general.architecture': ['text', model.name],
      'general.type': ['text', 'model'],
      'general.name': ['text', title],
      'general.file_type': ['u32', fileTypes[precision]],
      'general.quantization_version': ['u32', 2],
      ...model.fields,
      ...tokenizer,
    };
    await writeGguf(path, fields, tensors);
  } finally {
    await weights.close();
  }
}

function factorsTensor(factors: readonly number[]): WrittenValues {
  const values = () => Float32Array.from(factors);
  return { name: rotaryFactors, shape: [factors.length], form: 'F32', values };
}

/**
 * One pair of tensors a module, lora_a [r, in] and lora_b [out, r], in float32. llama.cpp multiplies their product by alpha
 * over a pair's own rank, so that B is divided by as much. Throws as writeGgufModel does.
 */
export async function writeGgufAdapter(path: string, { base, folded, title }: GgufRequest): Promise<void> {
  const model = ggufModel(base);
  const find = tensorFinder(model, base);
  const alpha = Math.max(...[...folded.values()].map(({ A }) => A.shape[0]!));
  const tensors = base.weights.flatMap(({ name: weight }): WrittenValues[] => {
    const adapter = folded.get(linearWeight(weight)?.module ?? '');
    if (adapter === undefined) return [];
    const { A, B } = adapter;
    const { name, undo } = find(weight);
    const share = A.shape[0]! / alpha;
    const rows = () => {
      const scaled = share === 1 ? B.data : B.data.map((value) => value * share);
      return undo?.kind === 'rotary' ? done(scaled, B.shape, undo) : scaled; // A and B know no other layout
    };
    return [
      { name: `${name}.lora_a`, shape: A.shape, form: 'F32', values: () => A.data },
      { name: `${name}.lora_b`, shape: B.shape, form: 'F32', values: rows },
    ];
  });
  const fields: GgufFields = {
    'general.architecture': ['text', model.name],
    'general.type': ['text', 'adapter'],
    'general.name': ['text', title],
    'adapter.type': ['text', 'lora'],
    'adapter.lora.alpha': ['f32', alpha],
  };
  await writeGguf(path, fields, tensors);
}
